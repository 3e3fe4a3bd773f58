// Gradients of a depthwise convolution over the rows of one NHWC image: for the filter, and with a stride for the input.
#pragma once
#include "depthwise.h"

namespace drnas {
namespace depthwise {

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
