// Depthwise convolution over the rows of one NHWC image: forward, and with stride 1 transposed.
//
// Few channels would leave vectors half empty, so columns and channels together form the vectors: a row of an image is
// one run of width*channels floats, a tap is that run shifted by whole pixels, and a tap's weights are repeated over a
// period, the least whole number of vectors that holds whole pixels.
#pragma once
#include "depthwise_rows.h"

namespace drnas {
namespace depthwise {

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

}  // namespace depthwise
}  // namespace drnas
