// Depthwise convolution over NHWC images (one filter per channel), and its gradients for the input and for the filter.
#include "depthwise_gradient.h"

using namespace drnas;
using namespace drnas::depthwise;

namespace {

int64_t forward_bytes(const Geometry& g) { return repeated_bytes(g) + Slots::bytes(cache_bytes(g)); }

// y = x * w, with the filter turned round where `flipped`.
void forward(const Geometry& g, const float* x, const float* w, float* y, bool flipped, char* scratch) {
  float* const weights = carve<float>(scratch, g.taps() * g.period());
  repeat_weights(g, w, flipped, g.period(), weights);
  Slots slots(scratch, cache_bytes(g));
  parallel_for(g.batch, [&](int64_t image) {
    char* const slot = slots.take();
    char* room = slot;
    RowCache rows = make_cache(g, {}, x + image * g.image_floats(), room);
    Reads reads;
    for (int64_t row = 0; row < g.out_height;) {
      const int64_t together = rows_together(g, row);
      make_reads(g, rows, row, together, reads);
      convolve_rows(g, reads, weights, together, y + image * g.out_image_floats() + row * g.out_floats());
      row += together;
    }
    slots.give(slot);
  });
}

}  // namespace

// The geometry: batch, height, width, channels, filter height and width, stride y and x, dilation y and x, padding top
// and left, output height and width. With scratch = 0 they only say, in args[0], how many bytes of scratch they need.

// DepthwiseForward: scratch, x, w, y, geometry
DRNAS_KERNEL(DepthwiseForward) {
  const Geometry g = geometry(args + 4);
  if (args[0] == 0) {
    args[0] = static_cast<double>(forward_bytes(g));
    return;
  }
  forward(g, pointer<float>(args[1]), pointer<float>(args[2]), pointer<float>(args[3]), false, pointer<char>(args[0]));
}

// DepthwiseGradInput: scratch, dy, w, dx, geometry
DRNAS_KERNEL(DepthwiseGradInput) {
  const Geometry g = geometry(args + 4);
  const int64_t slot_bytes = aligned_bytes(g.row_floats() * 4), weight_floats = g.taps() * g.out_floats();
  if (args[0] == 0) {
    args[0] = static_cast<double>(g.plain() ? forward_bytes(transposed(g))
                                            : aligned_bytes(weight_floats * 4) + Slots::bytes(slot_bytes));
    return;
  }
  if (g.plain()) {
    forward(transposed(g), pointer<float>(args[1]), pointer<float>(args[2]), pointer<float>(args[3]), true,
            pointer<char>(args[0]));
    return;
  }
  char* scratch = pointer<char>(args[0]);
  const float* const dy = pointer<float>(args[1]);
  float* const dx = pointer<float>(args[3]);
  float* const weights = carve<float>(scratch, weight_floats);
  repeat_weights(g, pointer<float>(args[2]), false, g.out_floats(), weights);
  Slots slots(scratch, slot_bytes);
  parallel_for(g.batch, [&](int64_t image) {
    char* const slot = slots.take();
    gather_image(g, dy + image * g.out_image_floats(), weights, reinterpret_cast<float*>(slot),
                 dx + image * g.image_floats());
    slots.give(slot);
  });
}

// DepthwiseGradFilter: scratch, x, dy, dw, geometry
DRNAS_KERNEL(DepthwiseGradFilter) {
  const Geometry g = geometry(args + 4);
  const int64_t group_count = groups(g), sum_floats = g.taps() * g.out_floats(), C = g.channels;
  const int64_t slot_bytes = cache_bytes(g) + aligned_bytes(sum_floats * 4);
  if (args[0] == 0) {
    args[0] = static_cast<double>(aligned_bytes(group_count * g.taps() * C * 8) + Slots::bytes(slot_bytes));
    return;
  }
  char* scratch = pointer<char>(args[0]);
  const float* const x = pointer<float>(args[1]);
  const float* const dy = pointer<float>(args[2]);
  float* const dw = pointer<float>(args[3]);
  double* const partial = carve<double>(scratch, group_count * g.taps() * C);
  Slots slots(scratch, slot_bytes);
  parallel_for(group_count, [&](int64_t group) {
    char* const slot = slots.take();
    const int64_t end = (group + 1) * g.batch / group_count;
    char* after = slot;
    make_cache(g, {}, x, after);
    float* const sums = carve<float>(after, sum_floats);
    fill(sums, 0, sum_floats);
    Reads reads;
    for (int64_t image = group * g.batch / group_count; image < end; ++image) {
      char* room = slot;
      RowCache rows = make_cache(g, {}, x + image * g.image_floats(), room);
      for (int64_t row = 0; row < g.out_height;) {
        const int64_t together = rows_together(g, row);
        make_reads(g, rows, row, together, reads);
        filter_products(g, reads, dy + image * g.out_image_floats() + row * g.out_floats(), together, sums);
        row += together;
      }
    }
    fold_filter(g, sums, partial + group * g.taps() * C);
    slots.give(slot);
  });
  for (int64_t i = 0; i < g.taps() * C; ++i) {
    double total = 0;
    for (int64_t group = 0; group < group_count; ++group) total += partial[group * g.taps() * C + i];
    dw[i] = static_cast<float>(total);
  }
}
