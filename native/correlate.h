// Correlation, the one loop behind convolutions, their input gradients and matrix products.
//
//   out[pixel][channel] = sum over taps and k of in[pixel * step + tap offset + k] * weight[tap][k][channel]
//
// A register tile holds P pixels x N vectors of output channels. For each k it loads N vectors of weights and
// broadcasts P inputs: P*N multiply-adds for N + P loads. Taps that follow each other in memory are one segment.
#pragma once
#include "kernel.h"
#include "simd.h"

namespace drnas {

struct Segment {
  int64_t offset;  // in floats, from the input of the pixel
  int64_t length;  // how many values of k
};

// The tallest tiles: P*N sums, N weights and a broadcast must fit in the registers (32, or 16 of SSE, AVX2 and wasm;
// V8 keeps some for itself, so wasm gets smaller ones).
#if DRNAS_WIDTH == 16
constexpr int kTallOne = 14, kTallTwo = 12;
#elif DRNAS_WIDTH == 8
constexpr int kTallOne = 12, kTallTwo = 6;
#else
constexpr int kTallOne = 8, kTallTwo = 4;
#endif

// Weights for a block of up to two vectors of channels lie together, padded with zeros: [block][k][N][V].
struct Packed {
  const float* values;
  int64_t depth;     // all k of all segments
  int64_t channels;  // output channels, without padding
};

inline int64_t vectors_of(int64_t channels) { return (channels + V - 1) / V; }
inline int64_t packed_floats(int64_t depth, int64_t channels) { return depth * vectors_of(channels) * V; }

// Packs `depth` rows of a matrix whose element (k, channel) is at k*k_step + channel*channel_step, as rows
// [first, first + depth) of the packed weights.
inline void pack(const float* from, int64_t k_step, int64_t channel_step, int64_t first, int64_t depth,
                 int64_t total_depth, int64_t channels, float* packed) {
  const int64_t vectors = vectors_of(channels);
  for (int64_t v = 0; v < vectors; v += 2) {
    const int64_t lanes = (vectors - v >= 2 ? 2 : 1) * V;
    const int64_t have = channels - v * V < lanes ? channels - v * V : lanes;
    float* to = packed + v * V * total_depth + first * lanes;
    for (int64_t k = 0; k < depth; ++k, to += lanes) {
      const float* row = from + k * k_step + v * V * channel_step;
      int64_t lane = 0;
      if (channel_step == 1) {
        for (; lane + V <= have; lane += V) store(to + lane, load(row + lane));
      }
      for (; lane < have; ++lane) to[lane] = row[lane * channel_step];
      for (; lane < lanes; ++lane) to[lane] = 0;
    }
  }
}

template <int P, int N>
void correlate_tile(const float* in, int64_t step, const Segment* segments, int64_t segment_count, const float* weight,
                    float* out, int64_t out_step, int64_t lanes) {
  vec sum[P][N];
#pragma GCC unroll 16
  for (int p = 0; p < P; ++p)
#pragma GCC unroll 2
    for (int n = 0; n < N; ++n) sum[p][n] = vec{};
  for (int64_t s = 0; s < segment_count; ++s) {
    const float* x = in + segments[s].offset;
    for (int64_t k = segments[s].length; k > 0; --k, ++x, weight += N * V) {
      vec w[N];
#pragma GCC unroll 2
      for (int n = 0; n < N; ++n) w[n] = load(weight + n * V);
#pragma GCC unroll 16
      for (int p = 0; p < P; ++p) {
        const vec value = broadcast(x[p * step]);
#pragma GCC unroll 2
        for (int n = 0; n < N; ++n) sum[p][n] += value * w[n];
      }
    }
  }
  if (lanes == N * V) {
#pragma GCC unroll 16
    for (int p = 0; p < P; ++p)
#pragma GCC unroll 2
      for (int n = 0; n < N; ++n) store(out + p * out_step + n * V, sum[p][n]);
    return;
  }
  for (int p = 0; p < P; ++p) {
    float row[N * V];
#pragma GCC unroll 2
    for (int n = 0; n < N; ++n) store(row + n * V, sum[p][n]);
    for (int64_t lane = 0; lane < lanes; ++lane) out[p * out_step + lane] = row[lane];
  }
}

// P pixels, with P known only now: descends to the tile that was compiled for it.
template <int P, int N, class... Rest>
inline void correlate_pixels(int64_t pixels, Rest... rest) {
  if (pixels == P) return correlate_tile<P, N>(rest...);
  if constexpr (P > 1) correlate_pixels<P - 1, N>(pixels, rest...);
}

// `pixels` pixels in a row, for all channels of one block of N vectors, in tiles of nearly equal size.
template <int N>
inline void correlate_block(const float* in, int64_t step, int64_t pixels, const Segment* segments,
                            int64_t segment_count, const float* weight, float* out, int64_t out_step, int64_t lanes) {
  constexpr int tall = N == 1 ? kTallOne : kTallTwo;
  int64_t tiles = (pixels + tall - 1) / tall;
  while (pixels > 0) {
    const int64_t height = (pixels + tiles - 1) / tiles;
    correlate_pixels<tall, N>(height, in, step, segments, segment_count, weight, out, out_step, lanes);
    in += height * step;
    out += height * out_step;
    pixels -= height;
    --tiles;
  }
}

// Rows of pixels, all channels: the weights of a block of channels stay in the cache while all rows pass.
inline void correlate(const float* in, int64_t row_step, int64_t step, int64_t rows, int64_t pixels,
                      const Segment* segments, int64_t segment_count, const Packed& weights, float* out,
                      int64_t out_row_step, int64_t out_step) {
  const int64_t vectors = vectors_of(weights.channels);
  for (int64_t v = 0; v < vectors; v += 2) {
    const float* weight = weights.values + v * V * weights.depth;
    const int64_t left = weights.channels - v * V;
    for (int64_t row = 0; row < rows; ++row) {
      const float* x = in + row * row_step;
      float* y = out + row * out_row_step + v * V;
      if (vectors - v >= 2) {
        correlate_block<2>(x, step, pixels, segments, segment_count, weight, y, out_step, left < 2 * V ? left : 2 * V);
      } else {
        correlate_block<1>(x, step, pixels, segments, segment_count, weight, y, out_step, left);
      }
    }
  }
}

}  // namespace drnas
