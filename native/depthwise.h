// Depthwise convolution over the rows of one NHWC image, forward, transposed and for the filter's gradient.
//
// Few channels would leave vectors half empty, so columns and channels together form the vectors: a row of an image is
// one run of width*channels floats, a tap is that run shifted by whole pixels, and a tap's weights are repeated over a
// period, the least whole number of vectors that holds whole pixels. With a stride, the columns that a tap reads are
// first put next to each other: columns of one phase (column modulo stride) lie together in the copy of a row.
#pragma once
#include "channels.h"
#include "simd.h"

namespace drnas {
namespace depthwise {

constexpr int64_t kRowsAtOnce = 4;  // of outputs
constexpr int64_t kMaxWidth = 64;   // of a filter

struct Geometry {
  int64_t batch, height, width, channels, filter_height, filter_width, stride_y, stride_x, dilation_y, dilation_x;
  int64_t top, left, out_height, out_width;

  int64_t taps() const { return filter_height * filter_width; }
  int64_t in_floats() const { return width * channels; }
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
  int64_t out_image_floats() const { return out_height * out_width * channels; }
  bool plain() const { return stride_y == 1 && stride_x == 1; }
  // Of the repeated weights; never much longer than a row.
  int64_t period() const {
    int64_t floats = channels;
    while (floats % V != 0) floats += channels;
    const int64_t row = round_up(out_floats(), V);
    return floats < row ? floats : row;
  }
};
constexpr int kGeometryArgs = 14;

inline Geometry geometry(const double* args) {
  int64_t v[kGeometryArgs];
  for (int i = 0; i < kGeometryArgs; ++i) v[i] = integer(args[i]);
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13]};
}

// With stride 1 the gradient for the input is a depthwise convolution of dy with the filter turned round.
inline Geometry transposed(const Geometry& g) {
  Geometry t = g;
  t.height = g.out_height, t.width = g.out_width, t.out_height = g.height, t.out_width = g.width;
  t.top = (g.filter_height - 1) * g.dilation_y - g.top;
  t.left = (g.filter_width - 1) * g.dilation_x - g.left;
  return t;
}

// What happens to an image's values while they are copied: nothing, relu(x), or relu((x - mean) * factor + offset) with
// coefficients repeated over a row of the image.
struct Activation {
  bool relu = false;
  const float *mean = nullptr, *factor = nullptr, *offset = nullptr;

  float before_relu(float x, int64_t i) const { return factor ? (x - mean[i]) * factor[i] + offset[i] : x; }
  float operator()(float x, int64_t i) const {
    const float value = before_relu(x, i);
    return relu && value < 0 ? 0.0f : value;
  }
};

// `count` values of a row of an image from its value `first` on.
inline void activate(const Activation& a, const float* row, int64_t first, int64_t count, float* to) {
  const float* __restrict__ const in = row + first;
  float* __restrict__ const out = to;
  if (a.factor) {
    const float* __restrict__ const mean = a.mean + first;
    const float* __restrict__ const factor = a.factor + first;
    const float* __restrict__ const offset = a.offset + first;
    for (int64_t i = 0; i < count; ++i) {
      const float value = (in[i] - mean[i]) * factor[i] + offset[i];
      out[i] = value < 0 ? 0.0f : value;
    }
  } else if (a.relu) {
    for (int64_t i = 0; i < count; ++i) out[i] = in[i] < 0 ? 0.0f : in[i];
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = in[i];
  }
}

// The padded row `row` of an image (perhaps outside it), columns sorted by phase.
inline void copy_row(const Geometry& g, const float* image, const Activation& a, int64_t row, float* to) {
  if (row < 0 || row >= g.height) {
    fill(to, 0, g.row_floats());
    return;
  }
  const float* const from = image + row * g.in_floats();
  for (int64_t phase = 0; phase < g.stride_x; ++phase) {
    float* const at = to + phase * g.phase_floats();
    int64_t first = 0;  // the first column of this phase inside the image
    while (first < g.phase_columns() && first * g.stride_x + phase < g.left) ++first;
    int64_t last = first;
    while (last < g.phase_columns() && last * g.stride_x + phase - g.left < g.width) ++last;
    fill(at, 0, first * g.channels);
    fill(at + last * g.channels, 0, (g.phase_columns() - last) * g.channels);
    const int64_t begin = (first * g.stride_x + phase - g.left) * g.channels;
    if (g.stride_x == 1) {
      activate(a, from, begin, (last - first) * g.channels, at + first * g.channels);
    } else {
      for (int64_t column = first; column < last; ++column)
        activate(a, from, begin + (column - first) * g.stride_x * g.channels, g.channels, at + column * g.channels);
    }
  }
}

// The reverse, adding: what a copied row gathered goes back to the image's row.
inline void add_row(const Geometry& g, const float* from, int64_t row, float* image) {
  if (row < 0 || row >= g.height) return;
  float* const to = image + row * g.in_floats();
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
  Activation activation;
  const float* image;
  float* rows;
  int64_t kept;     // how many fit
  int64_t* row_of;  // which row lies in each place
  const float* get(int64_t row) {
    const int64_t place = ((row % kept) + kept) % kept;
    float* const at = rows + place * g.row_floats();
    if (row_of[place] != row) {
      copy_row(g, image, activation, row, at);
      row_of[place] = row;
    }
    return at;
  }
};

inline int64_t kept_rows(const Geometry& g) {
  return (g.filter_height - 1) * g.dilation_y + 1 + (kRowsAtOnce - 1) * g.stride_y;
}
inline int64_t cache_bytes(const Geometry& g) {
  return aligned_bytes(kept_rows(g) * g.row_floats() * 4) + aligned_bytes(kept_rows(g) * 8);
}
inline RowCache make_cache(const Geometry& g, const Activation& activation, const float* image, char*& room) {
  const int64_t kept = kept_rows(g);
  float* const rows = carve<float>(room, kept * g.row_floats());
  int64_t* const row_of = carve<int64_t>(room, kept);
  for (int64_t i = 0; i < kept; ++i) row_of[i] = -0x7fffffff;
  return {g, activation, image, rows, kept, row_of};
}

// The weights of each tap over a period, or over a row of outputs: [tap][floats]; in reverse order where `flipped`.
inline void repeat_weights(const Geometry& g, const float* w, bool flipped, int64_t floats, float* to) {
  for (int64_t tap = 0; tap < g.taps(); ++tap) {
    const float* const from = w + (flipped ? g.taps() - 1 - tap : tap) * g.channels;
    for (int64_t i = 0, c = 0; i < floats; ++i) {
      *to++ = from[c];
      if (++c == g.channels) c = 0;
    }
  }
}
inline int64_t repeated_bytes(const Geometry& g) { return aligned_bytes(g.taps() * g.period() * 4); }

// Where the taps of kRowsAtOnce rows of outputs read: [filter row][row of outputs].
struct Reads {
  const float* row[kMaxWidth][kRowsAtOnce];
  int64_t offset[kMaxWidth];  // of each column of the filter
};

// Which row of the image, counted from the first that is read, row r of outputs sees through row ky of the filter. Known
// when the kernel is compiled, each value of the image is loaded once for all rows of outputs and of the filter.
template <int height, int stride, int dilation, int rows>
struct Window {
  static constexpr int lines = (rows - 1) * stride + (height - 1) * dilation + 1;
  const float* line[lines];
  explicit Window(const Reads& reads) {
    for (int ky = 0; ky < height; ++ky)
      for (int r = 0; r < rows; ++r) line[r * stride + ky * dilation] = reads.row[ky][r];
  }
  static constexpr bool read(int l) {
    for (int r = 0; r < rows; ++r)
      if (filter_row(l, r) >= 0) return true;
    return false;
  }
  static constexpr int filter_row(int l, int r) {
    const int ky = l - r * stride;
    return ky >= 0 && ky % dilation == 0 && ky / dilation < height ? ky / dilation : -1;
  }
};

// N vectors of `rows` rows of outputs. For each column of the filter its weights stay in registers.
template <class W, int height, int rows, int N>
inline void window_vectors(const Geometry& g, const Reads& reads, const W& window, const float* weights,
                           int64_t period, int64_t at, float* out, int64_t out_row) {
  vec sum[rows][N];
  for (int r = 0; r < rows; ++r)
    for (int n = 0; n < N; ++n) sum[r][n] = vec{};
  for (int64_t kx = 0; kx < g.filter_width; ++kx) {
    const int64_t from = reads.offset[kx] + at;
    vec w[height][N];
#pragma GCC unroll 8
    for (int ky = 0; ky < height; ++ky)
#pragma GCC unroll 2
      for (int n = 0; n < N; ++n) w[ky][n] = load(weights + (ky * g.filter_width + kx) * period + n * V);
#pragma GCC unroll 16
    for (int l = 0; l < W::lines; ++l) {
      if (!W::read(l)) continue;
#pragma GCC unroll 2
      for (int n = 0; n < N; ++n) {
        const vec value = load(window.line[l] + from + n * V);
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r)
          if (W::filter_row(l, r) >= 0) sum[r][n] += value * w[W::filter_row(l, r)][n];
      }
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 2
    for (int n = 0; n < N; ++n) store(out + r * out_row + at + n * V, sum[r][n]);
}

// One float of `rows` rows of outputs, in the order in which vectors add up.
inline void output_floats(const Geometry& g, const Reads& reads, int64_t rows, const float* weights, int64_t period,
                          int64_t at, float* out, int64_t out_row) {
  for (int64_t r = 0; r < rows; ++r) {
    float sum = 0;
    for (int64_t kx = 0; kx < g.filter_width; ++kx)
      for (int64_t ky = 0; ky < g.filter_height; ++ky)
        sum += reads.row[ky][r][reads.offset[kx] + at] * weights[(ky * g.filter_width + kx) * period];
    out[r * out_row + at] = sum;
  }
}

// Any filter: the same sums in the same order, each value loaded for each row of outputs.
template <int rows>
inline void any_vectors(const Geometry& g, const Reads& reads, const float* weights, int64_t period, int64_t at,
                        float* out, int64_t out_row) {
  vec sum[rows];
  for (int r = 0; r < rows; ++r) sum[r] = vec{};
  for (int64_t kx = 0; kx < g.filter_width; ++kx)
    for (int64_t ky = 0; ky < g.filter_height; ++ky) {
      const vec w = load(weights + (ky * g.filter_width + kx) * period);
#pragma GCC unroll 4
      for (int r = 0; r < rows; ++r) sum[r] += load(reads.row[ky][r] + reads.offset[kx] + at) * w;
    }
  for (int r = 0; r < rows; ++r) store(out + r * out_row + at, sum[r]);
}

// Calls body(weights of a place, place) for the vectors of a row: pair(…) for two at once, one(…), rest(…) for a float.
template <class Pair, class One, class Rest>
inline void each_place(const Geometry& g, const float* weights, const Pair& pair, const One& one, const Rest& rest) {
  const int64_t count = g.out_floats(), period = g.period();
  for (int64_t first = 0; first < count; first += period) {
    const int64_t end = first + period < count ? first + period : count;
    int64_t at = first;
    for (; at + 2 * V <= end; at += 2 * V) pair(weights + at - first, at);
    for (; at + V <= end; at += V) one(weights + at - first, at);
    for (; at < end; ++at) rest(weights + at - first, at);
  }
}

template <int height, int stride, int dilation, int rows>
inline void window_rows(const Geometry& g, const Reads& reads, const float* weights, float* out, int64_t out_row) {
  typedef Window<height, stride, dilation, rows> W;
  constexpr int N = V == 16 ? 2 : 1;
  const W window(reads);
  const int64_t period = g.period();
  each_place(
      g, weights,
      [&](const float* w, int64_t at) {
        for (int n = 0; n < 2; n += N)
          window_vectors<W, height, rows, N>(g, reads, window, w + n * V, period, at + n * V, out, out_row);
      },
      [&](const float* w, int64_t at) {
        window_vectors<W, height, rows, 1>(g, reads, window, w, period, at, out, out_row);
      },
      [&](const float* w, int64_t at) { output_floats(g, reads, rows, w, period, at, out, out_row); });
}

template <int rows>
inline void any_rows(const Geometry& g, const Reads& reads, const float* weights, float* out, int64_t out_row) {
  const int64_t period = g.period();
  each_place(
      g, weights,
      [&](const float* w, int64_t at) {
        any_vectors<rows>(g, reads, w, period, at, out, out_row);
        any_vectors<rows>(g, reads, w + V, period, at + V, out, out_row);
      },
      [&](const float* w, int64_t at) { any_vectors<rows>(g, reads, w, period, at, out, out_row); },
      [&](const float* w, int64_t at) { output_floats(g, reads, rows, w, period, at, out, out_row); });
}

// Calls found(Window shape) for the filters of the search spaces; false where the filter is another.
template <class Found>
inline bool with_window(const Geometry& g, const Found& found) {
  if (g.stride_y > 2 || g.dilation_y > 2) return false;
  const int64_t kind = (g.stride_y - 1) * 2 + g.dilation_y - 1;
#define DRNAS_WINDOW(height, at, stride, dilation) \
  if (g.filter_height == height && kind == at) {  \
    found.template operator()<height, stride, dilation>(); \
    return true;                                  \
  }
  DRNAS_WINDOW(3, 0, 1, 1)
  DRNAS_WINDOW(3, 1, 1, 2)
  DRNAS_WINDOW(3, 2, 2, 1)
  DRNAS_WINDOW(3, 3, 2, 2)
  DRNAS_WINDOW(5, 0, 1, 1)
  DRNAS_WINDOW(5, 1, 1, 2)
  DRNAS_WINDOW(5, 2, 2, 1)
  DRNAS_WINDOW(5, 3, 2, 2)
#undef DRNAS_WINDOW
  return false;
}

// How many rows of outputs are computed together from row `row` on.
inline int64_t rows_together(const Geometry& g, int64_t row) {
  return g.out_height - row >= kRowsAtOnce ? kRowsAtOnce : 1;
}

inline void make_reads(const Geometry& g, RowCache& rows, int64_t row, int64_t together, Reads& reads) {
  for (int64_t kx = 0; kx < g.filter_width; ++kx) reads.offset[kx] = g.tap_offset(kx);
  for (int64_t ky = 0; ky < g.filter_height; ++ky)
    for (int64_t r = 0; r < together; ++r)
      reads.row[ky][r] = rows.get((row + r) * g.stride_y + ky * g.dilation_y - g.top);
}

struct ConvolveRows {
  const Geometry& g;
  const Reads& reads;
  const float* weights;
  float* out;
  template <int height, int stride, int dilation>
  void operator()() const {
    window_rows<height, stride, dilation, kRowsAtOnce>(g, reads, weights, out, g.out_floats());
  }
};

// Rows of outputs one after the other at `out`, out of weights repeated over a period.
inline void convolve_rows(const Geometry& g, const Reads& reads, const float* weights, int64_t together, float* out) {
  if (together == 1) return any_rows<1>(g, reads, weights, out, g.out_floats());
  if (!with_window(g, ConvolveRows{g, reads, weights, out}))
    any_rows<kRowsAtOnce>(g, reads, weights, out, g.out_floats());
}

// sums[i] += sum over `rows` rows of a[row][i] * b[row][i]
template <int rows>
inline void add_products(const float* const* a, const float* b, int64_t b_row, float* sums, int64_t first,
                         int64_t count) {
  int64_t i = first;
  for (; i + V <= count; i += V) {
    vec sum = load(sums + i);
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) sum += load(a[r] + i) * load(b + r * b_row + i);
    store(sums + i, sum);
  }
  for (; i < count; ++i)
    for (int r = 0; r < rows; ++r) sums[i] += a[r][i] * b[r * b_row + i];
}

template <int rows>
inline void any_products(const Geometry& g, const Reads& reads, const float* dy, int64_t first, float* sums) {
  const float* in[rows];
  for (int64_t ky = 0; ky < g.filter_height; ++ky)
    for (int64_t kx = 0; kx < g.filter_width; ++kx, sums += g.out_floats()) {
      for (int64_t r = 0; r < rows; ++r) in[r] = reads.row[ky][r] + reads.offset[kx];
      add_products<rows>(in, dy, g.out_floats(), sums, first, g.out_floats());
    }
}

struct FilterProducts {
  const Geometry& g;
  const Reads& reads;
  const float* dy;
  float* sums;
  // The sums of one column of the filter in registers, and dy of all rows.
  template <int height, int stride, int dilation>
  void operator()() const {
    typedef Window<height, stride, dilation, kRowsAtOnce> W;
    const W window(reads);
    const int64_t count = g.out_floats(), column = g.filter_width;
    int64_t at = 0;
    for (; at + V <= count; at += V) {
      vec upstream[kRowsAtOnce];
#pragma GCC unroll 4
      for (int r = 0; r < kRowsAtOnce; ++r) upstream[r] = load(dy + r * count + at);
      for (int64_t kx = 0; kx < column; ++kx) {
        float* const to = sums + kx * count + at;
        vec sum[height];
#pragma GCC unroll 8
        for (int ky = 0; ky < height; ++ky) sum[ky] = load(to + ky * column * count);
#pragma GCC unroll 16
        for (int l = 0; l < W::lines; ++l) {
          if (!W::read(l)) continue;
          const vec value = load(window.line[l] + reads.offset[kx] + at);
#pragma GCC unroll 4
          for (int r = 0; r < kRowsAtOnce; ++r)
            if (W::filter_row(l, r) >= 0) sum[W::filter_row(l, r)] += value * upstream[r];
        }
#pragma GCC unroll 8
        for (int ky = 0; ky < height; ++ky) store(to + ky * column * count, sum[ky]);
      }
    }
    if (at < count) any_products<kRowsAtOnce>(g, reads, dy, at, sums);
  }
};

// The part of `together` rows of outputs in the filter's gradient, for each float of a row: sums [tap][out_floats].
inline void filter_products(const Geometry& g, const Reads& reads, const float* dy, int64_t together, float* sums) {
  if (together == 1) return any_products<1>(g, reads, dy, 0, sums);
  if (!with_window(g, FilterProducts{g, reads, dy, sums})) any_products<kRowsAtOnce>(g, reads, dy, 0, sums);
}

// Adds up sums [tap][out_floats] by channel: [tap][channels].
inline void fold_filter(const Geometry& g, const float* sums, double* out) {
  for (int64_t tap = 0; tap < g.taps(); ++tap, out += g.channels) {
    for (int64_t c = 0; c < g.channels; ++c) out[c] = 0;
    for (int64_t column = 0; column < g.out_width; ++column)
      for (int64_t c = 0; c < g.channels; ++c) out[c] += static_cast<double>(*sums++);
  }
}

// The gradient for the input of one image with a stride: each row of the image gathers from the rows of outputs whose
// windows hold it. Weights repeated over a row of outputs; room: one copied row. dx is overwritten.
inline void gather_image(const Geometry& g, const float* dy, const float* weights, float* room, float* dx) {
  const int64_t count = g.out_floats(), row_floats = g.row_floats();
  fill(dx, 0, g.image_floats());
  for (int64_t y = 0; y < g.height; ++y) {
    bool any = false;
    for (int64_t ky = 0; ky < g.filter_height; ++ky) {
      const int64_t above = y + g.top - ky * g.dilation_y;
      if (above < 0 || above % g.stride_y != 0 || above / g.stride_y >= g.out_height) continue;
      if (!any) {
        fill(room, 0, row_floats);
        any = true;
      }
      const float* __restrict__ const upstream = dy + above / g.stride_y * count;
      for (int64_t kx = 0; kx < g.filter_width; ++kx) {
        const float* __restrict__ const w = weights + (ky * g.filter_width + kx) * count;
        float* __restrict__ const to = room + g.tap_offset(kx);
        for (int64_t i = 0; i < count; ++i) to[i] += upstream[i] * w[i];
      }
    }
    if (any) add_row(g, room, y, dx);
  }
}

// Groups of images with a partial filter gradient each: a matter of shapes only.
inline int64_t groups(const Geometry& g) { return g.batch < 1 ? 1 : g.batch < 32 ? g.batch : 32; }

}  // namespace depthwise
}  // namespace drnas
