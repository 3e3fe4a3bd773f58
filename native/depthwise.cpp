// Depthwise convolution over NHWC images (one filter per channel), and its gradients for the input and for the filter.
//
// Few channels would leave vectors half empty, so columns and channels together form the vectors: a row of an image is
// one run of width*channels floats, a tap is that run shifted by whole pixels, and a tap's weights are repeated over
// the run. With a stride, the columns that a tap reads are first put next to each other: columns of one phase (column
// modulo stride) lie together in the copy of a row.
#include "channels.h"
#include "simd.h"

using namespace drnas;

namespace {

constexpr int64_t kRowsAtOnce = 4;  // of dy, in the filter's gradient
constexpr int64_t kMaxWidth = 64;   // of a filter

struct Geometry {
  int64_t batch, height, width, channels, filter_height, filter_width, stride_y, stride_x, dilation_y, dilation_x;
  int64_t top, left, out_height, out_width;

  int64_t taps() const { return filter_height * filter_width; }
  int64_t out_floats() const { return out_width * channels; }
  // Columns of one phase in the copy of a row: enough for every tap of every output.
  int64_t phase_columns() const { return out_width + (filter_width - 1) * dilation_x / stride_x + 1; }
  int64_t phase_floats() const { return phase_columns() * channels; }
  int64_t row_floats() const { return stride_x * phase_floats(); }
  // Where tap kx begins in the copy of a row.
  int64_t tap_offset(int64_t kx) const {
    const int64_t column = kx * dilation_x;
    return column % stride_x * phase_floats() + column / stride_x * channels;
  }
  int64_t image_floats() const { return height * width * channels; }
};

Geometry geometry(const double* args) {
  int64_t v[14];
  for (int i = 0; i < 14; ++i) v[i] = integer(args[i]);
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13]};
}

// The padded row `row` of an image (perhaps outside it), columns sorted by phase.
void copy_row(const Geometry& g, const float* image, int64_t row, float* to) {
  const int64_t floats = g.row_floats();
  for (int64_t i = 0; i < floats; ++i) to[i] = 0;
  if (row < 0 || row >= g.height) return;
  const float* const from = image + row * g.width * g.channels;
  for (int64_t phase = 0; phase < g.stride_x; ++phase) {
    float* const at = to + phase * g.phase_floats();
    int64_t first = 0;  // the first column of this phase inside the image
    while (first < g.phase_columns() && first * g.stride_x + phase < g.left) ++first;
    int64_t last = first;
    while (last < g.phase_columns() && last * g.stride_x + phase - g.left < g.width) ++last;
    const float* const source = from + (first * g.stride_x + phase - g.left) * g.channels;
    if (g.stride_x == 1) {
      for (int64_t i = 0; i < (last - first) * g.channels; ++i) at[first * g.channels + i] = source[i];
    } else {
      for (int64_t column = first; column < last; ++column)
        for (int64_t c = 0; c < g.channels; ++c)
          at[column * g.channels + c] = source[(column - first) * g.stride_x * g.channels + c];
    }
  }
}

// The reverse, adding: what a copied row gathered goes back to the image's row.
void add_row(const Geometry& g, const float* from, int64_t row, float* image) {
  if (row < 0 || row >= g.height) return;
  float* const to = image + row * g.width * g.channels;
  for (int64_t phase = 0; phase < g.stride_x; ++phase) {
    const float* const at = from + phase * g.phase_floats();
    for (int64_t column = 0; column < g.phase_columns(); ++column) {
      const int64_t x = column * g.stride_x + phase - g.left;
      if (x < 0 || x >= g.width) continue;
      for (int64_t c = 0; c < g.channels; ++c) to[x * g.channels + c] += at[column * g.channels + c];
    }
  }
}

// Rows of an image as the rows of output need them; each is copied once and kept while windows overlap.
struct RowCache {
  const Geometry& g;
  const float* image;
  float* rows;
  int64_t kept;        // how many fit
  int64_t* row_of;     // which row lies in each place
  const float* get(int64_t row) {
    const int64_t place = ((row % kept) + kept) % kept;
    float* const at = rows + place * g.row_floats();
    if (row_of[place] != row) {
      copy_row(g, image, row, at);
      row_of[place] = row;
    }
    return at;
  }
};

int64_t kept_rows(const Geometry& g) {
  return (g.filter_height - 1) * g.dilation_y + 1 + (kRowsAtOnce - 1) * g.stride_y;
}

// Repeats the weights of each tap over a row of outputs: [tap][out_width][channels].
void repeat_weights(const Geometry& g, const float* w, float* to) {
  for (int64_t tap = 0; tap < g.taps(); ++tap)
    for (int64_t column = 0; column < g.out_width; ++column)
      for (int64_t c = 0; c < g.channels; ++c) *to++ = w[tap * g.channels + c];
}

int64_t repeated_bytes(const Geometry& g) { return aligned_bytes(g.taps() * g.out_floats() * 4); }
int64_t cache_bytes(const Geometry& g) {
  return aligned_bytes(kept_rows(g) * g.row_floats() * 4) + aligned_bytes(kept_rows(g) * 8);
}

RowCache make_cache(const Geometry& g, const float* image, char*& room) {
  const int64_t kept = kept_rows(g);
  float* const rows = carve<float>(room, kept * g.row_floats());
  int64_t* const row_of = carve<int64_t>(room, kept);
  for (int64_t i = 0; i < kept; ++i) row_of[i] = -0x7fffffff;
  return {g, image, rows, kept, row_of};
}

// The products of several taps with a row of outputs, added up in registers.
constexpr int kTapsAtOnce = 64;
struct Products {
  const float* in[kTapsAtOnce];
  const float* weights[kTapsAtOnce];
  int count = 0;

  template <int N>
  void vectors(float* out, int64_t i, bool first) const {
    vec sum[N];
    for (int n = 0; n < N; ++n) sum[n] = first ? vec{} : load(out + i + n * V);
    for (int t = 0; t < count; ++t)
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) sum[n] += load(in[t] + i + n * V) * load(weights[t] + i + n * V);
    for (int n = 0; n < N; ++n) store(out + i + n * V, sum[n]);
  }

  // out = (first ? 0 : out) + all products; then forgets them.
  void add(float* out, int64_t floats, bool first) {
    int64_t i = 0;
    for (; i + 4 * V <= floats; i += 4 * V) vectors<4>(out, i, first);
    for (; i + V <= floats; i += V) vectors<1>(out, i, first);
    for (; i < floats; ++i) {
      float sum = first ? 0.0f : out[i];
      for (int t = 0; t < count; ++t) sum += in[t][i] * weights[t][i];
      out[i] = sum;
    }
    count = 0;
  }
};

int64_t forward_bytes(const Geometry& g) { return repeated_bytes(g) + Slots::bytes(cache_bytes(g)); }

// y = x * w, with the filter turned round where `flipped`.
void forward(const Geometry& g, const float* x, const float* w, float* y, bool flipped, char* scratch) {
  float* const weights = carve<float>(scratch, g.taps() * g.out_floats());
  repeat_weights(g, w, weights);
  int64_t offsets[kMaxWidth];
  for (int64_t kx = 0; kx < g.filter_width; ++kx) offsets[kx] = g.tap_offset(kx);
  Slots slots(scratch, cache_bytes(g));
  parallel_for(g.batch, [&](int64_t image) {
    char* const slot = slots.take();
    char* room = slot;
    RowCache rows = make_cache(g, x + image * g.image_floats(), room);
    const int64_t count = g.out_floats(), taps = g.taps();
    for (int64_t row = 0; row < g.out_height; ++row) {
      float* const out = y + (image * g.out_height + row) * count;
      Products products;
      bool first = true;
      int64_t tap = 0;
      for (int64_t ky = 0; ky < g.filter_height; ++ky) {
        const float* const in = rows.get(row * g.stride_y + ky * g.dilation_y - g.top);
        for (int64_t kx = 0; kx < g.filter_width; ++kx, ++tap) {
          products.in[products.count] = in + offsets[kx];
          products.weights[products.count++] = weights + (flipped ? taps - 1 - tap : tap) * count;
          if (products.count == kTapsAtOnce || tap == taps - 1) {
            products.add(out, count, first);
            first = false;
          }
        }
      }
    }
    slots.give(slot);
  });
}

// With stride 1 the gradient for the input is a depthwise convolution of dy with the filter turned round.
Geometry transposed(const Geometry& g) {
  Geometry t = g;
  t.height = g.out_height, t.width = g.out_width, t.out_height = g.height, t.out_width = g.width;
  t.top = (g.filter_height - 1) * g.dilation_y - g.top;
  t.left = (g.filter_width - 1) * g.dilation_x - g.left;
  return t;
}
bool plain(const Geometry& g) { return g.stride_y == 1 && g.stride_x == 1; }

// sums[i] += sum over up to kRowsAtOnce rows of a[row][i] * b[row][i]
template <int rows>
void add_products(const float* const* a, const float* const* b, float* sums, int64_t count) {
  int64_t i = 0;
  for (; i + V <= count; i += V) {
    vec sum = load(sums + i);
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) sum += load(a[r] + i) * load(b[r] + i);
    store(sums + i, sum);
  }
  for (; i < count; ++i)
    for (int r = 0; r < rows; ++r) sums[i] += a[r][i] * b[r][i];
}

// Groups of images with a partial filter gradient each: a matter of shapes only.
int64_t groups(const Geometry& g) { return g.batch < 1 ? 1 : g.batch < 32 ? g.batch : 32; }

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
  const int64_t slot_bytes = aligned_bytes(g.row_floats() * 4);
  if (args[0] == 0) {
    args[0] = static_cast<double>(plain(g) ? forward_bytes(transposed(g))
                                           : repeated_bytes(g) + Slots::bytes(slot_bytes));
    return;
  }
  if (plain(g)) {
    forward(transposed(g), pointer<float>(args[1]), pointer<float>(args[2]), pointer<float>(args[3]), true,
            pointer<char>(args[0]));
    return;
  }
  char* scratch = pointer<char>(args[0]);
  const float* const dy = pointer<float>(args[1]);
  float* const dx = pointer<float>(args[3]);
  float* const weights = carve<float>(scratch, g.taps() * g.out_floats());
  repeat_weights(g, pointer<float>(args[2]), weights);
  Slots slots(scratch, slot_bytes);
  parallel_for(g.batch, [&](int64_t image) {
    char* const slot = slots.take();
    float* const gathered = reinterpret_cast<float*>(slot);
    float* const out = dx + image * g.image_floats();
    const int64_t count = g.out_floats(), row_floats = g.row_floats();
    for (int64_t i = 0; i < g.image_floats(); ++i) out[i] = 0;
    // Each row of the image gathers from the rows of output whose windows hold it.
    for (int64_t y = 0; y < g.height; ++y) {
      bool any = false;
      for (int64_t ky = 0; ky < g.filter_height; ++ky) {
        const int64_t above = y + g.top - ky * g.dilation_y;
        if (above < 0 || above % g.stride_y != 0 || above / g.stride_y >= g.out_height) continue;
        if (!any) {
          for (int64_t i = 0; i < row_floats; ++i) gathered[i] = 0;
          any = true;
        }
        const float* __restrict__ const upstream = dy + (image * g.out_height + above / g.stride_y) * count;
        for (int64_t kx = 0; kx < g.filter_width; ++kx) {
          const float* __restrict__ const w = weights + (ky * g.filter_width + kx) * count;
          float* __restrict__ const to = gathered + g.tap_offset(kx);
          for (int64_t i = 0; i < count; ++i) to[i] += upstream[i] * w[i];
        }
      }
      if (any) add_row(g, gathered, y, out);
    }
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
  int64_t offsets[kMaxWidth];
  for (int64_t kx = 0; kx < g.filter_width; ++kx) offsets[kx] = g.tap_offset(kx);
  Slots slots(scratch, slot_bytes);
  parallel_for(group_count, [&](int64_t group) {
    char* const slot = slots.take();
    const int64_t count = g.out_floats(), end = (group + 1) * g.batch / group_count;
    char* after = slot;
    make_cache(g, x, after);
    float* const sums = carve<float>(after, sum_floats);
    for (int64_t i = 0; i < sum_floats; ++i) sums[i] = 0;
    for (int64_t image = group * g.batch / group_count; image < end; ++image) {
      char* room = slot;
      RowCache rows = make_cache(g, x + image * g.image_floats(), room);
      for (int64_t row = 0; row < g.out_height;) {
        const int64_t together = g.out_height - row >= kRowsAtOnce ? kRowsAtOnce : 1;
        const float *in[kRowsAtOnce], *upstream[kRowsAtOnce];
        for (int64_t r = 0; r < together; ++r) upstream[r] = dy + (image * g.out_height + row + r) * count;
        float* sum = sums;
        for (int64_t ky = 0; ky < g.filter_height; ++ky) {
          const float* first[kRowsAtOnce];
          for (int64_t r = 0; r < together; ++r)
            first[r] = rows.get((row + r) * g.stride_y + ky * g.dilation_y - g.top);
          for (int64_t kx = 0; kx < g.filter_width; ++kx, sum += count) {
            for (int64_t r = 0; r < together; ++r) in[r] = first[r] + offsets[kx];
            if (together == kRowsAtOnce) {
              add_products<kRowsAtOnce>(in, upstream, sum, count);
            } else {
              add_products<1>(in, upstream, sum, count);
            }
          }
        }
        row += together;
      }
    }
    double* const out = partial + group * g.taps() * C;
    for (int64_t i = 0; i < g.taps() * C; ++i) out[i] = 0;
    for (int64_t tap = 0; tap < g.taps(); ++tap)
      for (int64_t column = 0; column < g.out_width; ++column)
        for (int64_t c = 0; c < C; ++c)
          out[tap * C + c] += static_cast<double>(sums[tap * count + column * C + c]);
    slots.give(slot);
  });
  for (int64_t i = 0; i < g.taps() * C; ++i) {
    double total = 0;
    for (int64_t group = 0; group < group_count; ++group) total += partial[group * g.taps() * C + i];
    dw[i] = static_cast<float>(total);
  }
}
