// Rows of pixels, each pixel a vector of images: depthwise taps, pointwise products, and sums over pixels of products.
#pragma once
#include "darts_cell.h"

namespace drnas {
namespace darts {

// Vector registers decide the tiles: 32 with AVX-512, 16 elsewhere.
constexpr int kPixels = V == 16 ? 8 : 4;    // of a pointwise tile
constexpr int kOutputs = V == 16 ? 3 : 2;   // of a pointwise tile: with kPixels, 24 or 8 accumulators
constexpr int kTapPixels = 8;               // of a depthwise tile
constexpr int kFilterTaps = V == 16 ? 25 : 10;  // summed at once in a depthwise weight gradient

// A store past the caches, of what is not read again soon: half the traffic, as the line is not fetched first.
// `to` is aligned to a vector. Whoever hands the data to another thread calls stream_done before.
inline void stream(float* to, vec v) {
#if DRNAS_WIDTH == 16
  __builtin_ia32_movntps512(to, v);
#else
  store(to, v);
#endif
}
inline void stream_done() {
#if DRNAS_WIDTH == 16
  __builtin_ia32_sfence();
#endif
}

// A channel of an image whose rows have zeros beside them; `at` is pixel (0, 0) of channel 0.
struct Padded {
  float* at;
  int64_t row, plane;  // floats from row to row, from channel to channel
};

// Sum over taps of weight * in[offset + x*step] for `width` pixels; sink(x, value).
template <int P, class Sink>
inline void tap_tile(const float* in, const int64_t* offset, const float* weight, int count, int64_t step, int64_t x,
                     const Sink& sink) {
  vec sum[P];
#pragma GCC unroll 8
  for (int p = 0; p < P; ++p) sum[p] = vec{};
  for (int t = 0; t < count; ++t) {
    const vec w = broadcast(weight[t]);
    const float* from = in + offset[t] + x * step;
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) sum[p] += w * load(from + p * step);
  }
#pragma GCC unroll 8
  for (int p = 0; p < P; ++p) sink(x + p, sum[p]);
}
template <int Step, class Sink>
inline void tap_row_of(const float* in, const int64_t* offset, const float* weight, int count, int64_t width,
                       const Sink& sink) {
  int64_t x = 0;
  for (; x + kTapPixels <= width; x += kTapPixels) tap_tile<kTapPixels>(in, offset, weight, count, Step * V, x, sink);
  for (; x + 4 <= width; x += 4) tap_tile<4>(in, offset, weight, count, Step * V, x, sink);
  for (; x < width; ++x) tap_tile<1>(in, offset, weight, count, Step * V, x, sink);
}
template <class Sink>
inline void tap_row(const float* in, const int64_t* offset, const float* weight, int count, int64_t step,
                    int64_t width, const Sink& sink) {
  if (step == 1) return tap_row_of<1>(in, offset, weight, count, width, sink);
  tap_row_of<2>(in, offset, weight, count, width, sink);
}

// Taps of a filter over padded rows, of which a border row uses only some.
struct Depthwise {
  Stage stage;
  int64_t stride, rows, row;  // of the image that it reads
  int64_t offset[kMaxTaps];

  Depthwise(const Stage& s, int64_t stride_, int64_t rows_, int64_t row_)
      : stage(s), stride(stride_), rows(rows_), row(row_) {
    for (int y = 0, t = 0; y < s.size; ++y)
      for (int x = 0; x < s.size; ++x, ++t) offset[t] = y * s.dilation * row + (x * s.dilation - s.pad()) * V;
  }
  // The filter rows [first, last) that lie inside the image when the filter's first row is at image row `top`.
  void inside(int64_t top, int& first, int& last) const {
    first = 0, last = stage.size;
    while (first < last && top + first * stage.dilation < 0) ++first;
    while (last > first && top + (last - 1) * stage.dilation >= rows) --last;
  }
  template <class Sink>
  void forward(const float* plane, const float* weight, int64_t y, int64_t width, const Sink& sink) const {
    const int64_t top = y * stride - stage.pad();
    int first, last;
    inside(top, first, last);
    tap_row(plane + top * row, offset + first * stage.size, weight + first * stage.size,
            (last - first) * stage.size, stride, width, sink);
  }
};

// The transpose: a row of the input's gradient from the padded gradient of the output.
struct DepthwiseTranspose {
  Stage stage;
  int64_t stride, rows, row;  // of the output's gradient
  template <class Sink>
  void backward(const float* plane, const float* weight, int64_t y, int64_t width, const Sink& sink) const {
    int64_t offset[kMaxTaps];
    float factor[kMaxTaps];
    const int64_t pad = stage.pad();
    for (int64_t phase = 0; phase < stride; ++phase) {
      int count = 0;
      for (int ky = 0; ky < stage.size; ++ky) {
        const int64_t up = y + pad - ky * stage.dilation;
        if (up < 0 || up % stride != 0 || up / stride >= rows) continue;
        for (int kx = 0; kx < stage.size; ++kx) {
          const int64_t left = phase + pad - kx * stage.dilation;
          if (left % stride != 0) continue;
          offset[count] = up / stride * row + left / stride * V;
          factor[count++] = weight[ky * stage.size + kx];
        }
      }
      tap_row_of<1>(plane, offset, factor, count, (width - phase + stride - 1) / stride,
                    [&](int64_t x, vec v) { sink(x * stride + phase, v); });
    }
  }
};

// out[o] = sum over inputs i of w[i*in_step + o*out_step] * in[i], pixel by pixel; sink(o, pixel, value).
template <int O, int P, class Sink>
inline void pointwise_tile(const float* in, int64_t in_plane, int64_t inputs, const float* w, int64_t in_step,
                           int64_t out_step, int64_t o, int64_t x, const Sink& sink) {
  vec sum[O][P];
#pragma GCC unroll 4
  for (int a = 0; a < O; ++a)
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) sum[a][p] = vec{};
  const float* from = in + x * V;
  const float* weight = w + o * out_step;
  for (int64_t i = 0; i < inputs; ++i, from += in_plane, weight += in_step) {
    vec factor[O];
#pragma GCC unroll 4
    for (int a = 0; a < O; ++a) factor[a] = broadcast(weight[a * out_step]);
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      const vec v = load(from + p * V);
#pragma GCC unroll 4
      for (int a = 0; a < O; ++a) sum[a][p] += factor[a] * v;
    }
  }
#pragma GCC unroll 4
  for (int a = 0; a < O; ++a)
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) sink(o + a, x + p, sum[a][p]);
}
template <int O, class Sink>
inline void pointwise_outputs(const float* in, int64_t in_plane, int64_t inputs, const float* w, int64_t in_step,
                              int64_t out_step, int64_t o, int64_t width, const Sink& sink) {
  int64_t x = 0;
  for (; x + kPixels <= width; x += kPixels)
    pointwise_tile<O, kPixels>(in, in_plane, inputs, w, in_step, out_step, o, x, sink);
  if (kPixels > 4)
    for (; x + 4 <= width; x += 4) pointwise_tile<O, 4>(in, in_plane, inputs, w, in_step, out_step, o, x, sink);
  for (; x < width; ++x) pointwise_tile<O, 1>(in, in_plane, inputs, w, in_step, out_step, o, x, sink);
}
template <class Sink>
inline void pointwise_row(const float* in, int64_t in_plane, int64_t inputs, const float* w, int64_t in_step,
                          int64_t out_step, int64_t outputs, int64_t width, const Sink& sink) {
  int64_t o = 0;
  for (; o + kOutputs <= outputs; o += kOutputs)
    pointwise_outputs<kOutputs>(in, in_plane, inputs, w, in_step, out_step, o, width, sink);
  for (; o < outputs; ++o) pointwise_outputs<1>(in, in_plane, inputs, w, in_step, out_step, o, width, sink);
}

// sums[a][b] += sum over pixels of u[a] * z[b]: the pointwise weight gradient, a lane for each image.
template <int A, int Z>
inline void product_tile(const float* u, const float* z, int64_t plane, int64_t width, float* sums, int64_t outputs) {
  vec sum[A][Z];
#pragma GCC unroll 4
  for (int a = 0; a < A; ++a)
#pragma GCC unroll 4
    for (int b = 0; b < Z; ++b) sum[a][b] = load(sums + (a * outputs + b) * V);
  for (int64_t x = 0; x < width; ++x) {
    vec right[Z];
#pragma GCC unroll 4
    for (int b = 0; b < Z; ++b) right[b] = load(z + b * plane + x * V);
#pragma GCC unroll 4
    for (int a = 0; a < A; ++a) {
      const vec left = load(u + a * plane + x * V);
#pragma GCC unroll 4
      for (int b = 0; b < Z; ++b) sum[a][b] += left * right[b];
    }
  }
#pragma GCC unroll 4
  for (int a = 0; a < A; ++a)
#pragma GCC unroll 4
    for (int b = 0; b < Z; ++b) store(sums + (a * outputs + b) * V, sum[a][b]);
}
template <int A>
inline void product_rows(const float* u, const float* z, int64_t plane, int64_t outputs, int64_t width, float* sums) {
  int64_t b = 0;
  for (; b + 4 <= outputs; b += 4) product_tile<A, 4>(u, z + b * plane, plane, width, sums + b * V, outputs);
  for (; b + 2 <= outputs; b += 2) product_tile<A, 2>(u, z + b * plane, plane, width, sums + b * V, outputs);
  for (; b < outputs; ++b) product_tile<A, 1>(u, z + b * plane, plane, width, sums + b * V, outputs);
}
inline void products(const float* u, int64_t inputs, const float* z, int64_t outputs, int64_t plane, int64_t width,
                     float* sums) {
  constexpr int A = V == 16 ? 4 : 2;
  int64_t a = 0;
  for (; a + A <= inputs; a += A) product_rows<A>(u + a * plane, z, plane, outputs, width, sums + a * outputs * V);
  for (; a < inputs; ++a) product_rows<1>(u + a * plane, z, plane, outputs, width, sums + a * outputs * V);
}

// sums[t] += sum over rows and pixels of gradient * in[offset[t]]: the depthwise weight gradient.
template <int T>
inline void filter_tile(const float* gradient, int64_t gradient_row, const float* in, int64_t in_row,
                        const int64_t* offset, int64_t step, int64_t rows, int64_t width, float* sums) {
  vec sum[T];
#pragma GCC unroll 25
  for (int t = 0; t < T; ++t) sum[t] = load(sums + t * V);
  for (int64_t y = 0; y < rows; ++y, gradient += gradient_row, in += in_row)
    for (int64_t x = 0; x < width; ++x) {
      const vec g = load(gradient + x * V);
      const float* from = in + x * step;
#pragma GCC unroll 25
      for (int t = 0; t < T; ++t) sum[t] += g * load(from + offset[t]);
    }
#pragma GCC unroll 25
  for (int t = 0; t < T; ++t) store(sums + t * V, sum[t]);
}
inline void filter_rows(const float* gradient, int64_t gradient_row, const float* in, int64_t in_row,
                        const int64_t* offset, int count, int64_t step, int64_t rows, int64_t width, float* sums) {
  while (count > 0) {
    const int now = count < kFilterTaps ? count : kFilterTaps;
#define DRNAS_TAPS(T) \
  case T: filter_tile<T>(gradient, gradient_row, in, in_row, offset, step, rows, width, sums); break;
    switch (now) {
      DRNAS_TAPS(3) DRNAS_TAPS(5) DRNAS_TAPS(6) DRNAS_TAPS(9) DRNAS_TAPS(10)
      DRNAS_TAPS(15) DRNAS_TAPS(20) DRNAS_TAPS(25)
    }
#undef DRNAS_TAPS
    count -= now, offset += now, sums += now * V;
  }
}

// Zeroes the columns beside the rows of a padded plane.
inline void clear_sides(const Padded& p, int64_t channels, int64_t rows, int64_t columns, int64_t pad) {
  for (int64_t ch = 0; ch < channels; ++ch)
    for (int64_t y = 0; y < rows; ++y) {
      float* at = p.at + ch * p.plane + y * p.row;
      for (int64_t x = 0; x < pad; ++x) {
        store(at - (x + 1) * V, vec{});
        store(at + (columns + x) * V, vec{});
      }
    }
}

}  // namespace darts
}  // namespace drnas
