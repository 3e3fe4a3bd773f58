// The gradient of a convolution for its filter.
#include "conv.h"
#include "outer.h"

using namespace drnas;
using namespace drnas::convolution;

namespace {

constexpr int64_t kBlockPixels = 256;          // x and dy of a block of rows stay in the first-level cache
constexpr int64_t kMaxPartialFloats = 1 << 24;  // all partial sums together

// Groups of images with a partial sum each. A matter of shapes only, so that sums never depend on threads.
int64_t groups(const Geometry& g, int64_t sum_floats) {
  return clamp(kMaxPartialFloats / (sum_floats > 0 ? sum_floats : 1), 1, g.batch < 16 ? g.batch : 16);
}

struct FilterGradient {
  int64_t padded_outputs, sum_floats, group_count, unit_rows, window_floats;
  bool copied, dy_padded;
};

FilterGradient filter_gradient_plan(const Geometry& g, const Correlation& c) {
  FilterGradient plan;
  plan.padded_outputs = round_up(g.outputs, V);
  plan.dy_padded = plan.padded_outputs != g.outputs;
  plan.sum_floats = c.tap_count * g.inputs * plan.padded_outputs;
  plan.group_count = groups(g, plan.sum_floats);
  plan.unit_rows = clamp(kBlockPixels / (g.out_width > 0 ? g.out_width : 1), 1, g.out_height > 0 ? g.out_height : 1);
  plan.copied = !window(c, 0, g.out_height).inside(c);
  plan.window_floats = plan.copied ? window_floats(c, plan.unit_rows) : 0;
  return plan;
}

int64_t dy_floats(const Geometry& g, const FilterGradient& plan) {
  return plan.dy_padded ? plan.unit_rows * g.out_width * plan.padded_outputs : 0;
}

int64_t filter_gradient_bytes(const Geometry& g, const Correlation& c) {
  const FilterGradient plan = filter_gradient_plan(g, c);
  return aligned_bytes(plan.group_count * plan.sum_floats * 4) +
         Slots::bytes(aligned_bytes(plan.window_floats * 4) + aligned_bytes(dy_floats(g, plan) * 4));
}

void filter_gradient(const Geometry& g, const Correlation& c, const float* dy, float* dw, char* scratch) {
  const FilterGradient plan = filter_gradient_plan(g, c);
  float* const partial = carve<float>(scratch, plan.group_count * plan.sum_floats);
  Slots slots(scratch, aligned_bytes(plan.window_floats * 4) + aligned_bytes(dy_floats(g, plan) * 4));
  const Window whole = window(c, 0, c.rows);
  const int64_t row_floats = (plan.copied ? whole.last_column - whole.first_column : g.width) * g.inputs;
  Segment segments[kMaxTaps];
  const int64_t segment_count = make_segments(c, row_floats, segments);
  const int64_t step = plan.padded_outputs, vectors = step / V;

  parallel_for(plan.group_count, [&](int64_t group) {
    char* const slot = slots.take();
    char* room = slot;
    float* const copy = carve<float>(room, plan.window_floats);
    float* const padded = carve<float>(room, dy_floats(g, plan));
    float* const sums = partial + group * plan.sum_floats;
    zero_floats(sums, plan.sum_floats);
    const int64_t end = (group + 1) * g.batch / plan.group_count;
    for (int64_t image = group * g.batch / plan.group_count; image < end; ++image) {
      const float* const source = c.source + image * g.height * g.width * g.inputs;
      for (int64_t first = 0; first < c.rows; first += plan.unit_rows) {
        const int64_t rows = c.rows - first < plan.unit_rows ? c.rows - first : plan.unit_rows;
        const float* x = source + first * c.step_y * row_floats;
        if (plan.copied) {
          const Window w = window(c, first, first + rows);
          copy_window(source, g.height, g.width, g.inputs, w, copy);
          x = copy + (first * c.step_y - w.first_row) * row_floats - w.first_column * g.inputs;
        }
        const float* upstream = dy + (image * g.out_height + first) * g.out_width * g.outputs;
        if (plan.dy_padded) {
          for (int64_t pixel = 0; pixel < rows * g.out_width; ++pixel) {
            const float* from = upstream + pixel * g.outputs;
            float* to = padded + pixel * step;
            for (int64_t o = 0; o < g.outputs; ++o) to[o] = from[o];
            for (int64_t o = g.outputs; o < step; ++o) to[o] = 0;
          }
          upstream = padded;
        }
        const float* tap_x = nullptr;
        float* at = sums;
        for (int64_t s = 0; s < segment_count; ++s) {
          tap_x = x + segments[s].offset;
          const Pixels p = {tap_x, upstream, rows, c.columns, c.step_y * row_floats, c.step_x * g.inputs,
                            g.out_width * step, step};
          outer_products(segments[s].length, vectors, p, at, step);
          at += segments[s].length * step;
        }
      }
    }
    slots.give(slot);
  });

  // The groups' sums are added in their order, whoever computed them.
  const int64_t filter_rows = c.tap_count * g.inputs;
  constexpr int64_t chunk = 256;
  parallel_for((filter_rows + chunk - 1) / chunk, [&](int64_t unit) {
    const int64_t last = (unit + 1) * chunk < filter_rows ? (unit + 1) * chunk : filter_rows;
    for (int64_t row = unit * chunk; row < last; ++row)
      for (int64_t o = 0; o < g.outputs; ++o) {
        float total = 0;
        for (int64_t group = 0; group < plan.group_count; ++group)
          total += partial[group * plan.sum_floats + row * step + o];
        dw[row * g.outputs + o] = total;
      }
  });
}

}  // namespace

// Geometry and scratch as in conv.cpp.
// ConvGradFilter: scratch, x, dy, dw, geometry
DRNAS_KERNEL(ConvGradFilter) {
  const Geometry g = geometry(args + 4);
  Correlation c;
  forward(g, pointer<float>(args[1]), nullptr, nullptr, c);
  if (args[0] == 0) {
    args[0] = static_cast<double>(filter_gradient_bytes(g, c));
    return;
  }
  filter_gradient(g, c, pointer<float>(args[2]), pointer<float>(args[3]), pointer<char>(args[0]));
}
