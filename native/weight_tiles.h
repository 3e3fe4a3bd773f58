// Register tiles of weight gradients: sums over pixels of an input channel times a channel of an output's gradient.
// Layouts and taps are those of conv_tiles.h.
#pragma once
#include "conv_tiles.h"

namespace drnas {

// Blocked weight gradient of one tap: sum[ci][co] += sum over pixels of x[pixel][ci] * dy[pixel][co],
// for I input channels of one block and N output blocks. sum: rows of `sum_stride` floats.
template <int I, int N, bool centred>
inline void blocked_weight_tile(const float* x, const float* dy, int64_t dy_stride, int64_t pixels,
                                const float* centre, float* sum, int64_t sum_stride, bool first) {
  vec middle[N];
  for (int v = 0; v < N; ++v) middle[v] = centred ? load(centre + v * V) : vec{};
  vec total[I][N];
#pragma GCC unroll 32
  for (int i = 0; i < I; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < N; ++v) total[i][v] = first ? vec{} : load(sum + i * sum_stride + v * V);
  for (int64_t q = 0; q < pixels; ++q, x += V, dy += V) {
    vec g[N];
#pragma GCC unroll 8
    for (int v = 0; v < N; ++v) g[v] = centred ? load(dy + v * dy_stride) - middle[v] : load(dy + v * dy_stride);
#pragma GCC unroll 32
    for (int i = 0; i < I; ++i) {
      const vec value = broadcast(x[i]);
#pragma GCC unroll 8
      for (int v = 0; v < N; ++v) total[i][v] += value * g[v];
    }
  }
#pragma GCC unroll 32
  for (int i = 0; i < I; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < N; ++v) store(sum + i * sum_stride + v * V, total[i][v]);
}

// Planar: sum[in][out] += sum over pixels, for I input and N output channels. Rows of `sum_stride` floats.
template <int I, int N, bool centred>
inline void planar_weight_tile(const float* x, int64_t x_stride, const float* dy, int64_t dy_stride, int64_t vectors,
                               const Lines& lines, int64_t dy_gap, const float* centre, float* sum, int64_t sum_stride,
                               bool first) {
  vec middle[N];
  for (int o = 0; o < N; ++o) middle[o] = centred ? load(centre + o * V) : vec{};
  vec total[I * N];
#pragma GCC unroll 32
  for (int i = 0; i < I * N; ++i) total[i] = vec{};
  int64_t in_line = 0;
  for (int64_t q = 0; q < vectors; ++q, x += V, dy += V) {
    if (in_line == lines.vectors) x += lines.gap, dy += dy_gap, in_line = 0;
    ++in_line;
    vec g[N];
#pragma GCC unroll 8
    for (int o = 0; o < N; ++o) g[o] = centred ? load(dy + o * dy_stride) - middle[o] : load(dy + o * dy_stride);
#pragma GCC unroll 8
    for (int i = 0; i < I; ++i) {
      const vec value = load(x + i * x_stride);
#pragma GCC unroll 8
      for (int o = 0; o < N; ++o) total[i * N + o] += value * g[o];
    }
  }
  float sums[I * N];
  if constexpr (I * N % V == 0) {
    for (int i = 0; i < I * N; i += V) store(sums + i, lane_sums(total + i));
  } else {
    for (int i = 0; i < I * N; ++i) sums[i] = lane_sum(total[i]);
  }
  for (int i = 0; i < I; ++i)
    for (int o = 0; o < N; ++o) {
      float& to = sum[i * sum_stride + o];
      to = first ? sums[i * N + o] : to + sums[i * N + o];
    }
}

struct WeightGradient {
  const Tap* taps;  // of the input's shifted copies
  int tap_count;
  const float* dy;  // [output][dy_stride]
  int64_t dy_stride;
  int64_t outputs;  // output blocks (planar: channels)
  int64_t pixels;
  float* sum;  // blocked: [tap][input block * V][outputs * V]; planar: [tap][input][outputs]
  bool first;  // sum holds nothing yet
  Lines lines;  // of planar x
  int64_t dy_gap;  // floats between rows of planar dy: 0 where they lie end to end
  const float* centre = nullptr;  // [output][V], taken from dy first; null: nothing is
};

template <int I, int N, bool centred>
inline void blocked_weight_taps(const WeightGradient& g, int64_t output, int64_t from, int64_t count) {
  const int64_t row = g.outputs * V;
  for (int t = 0; t < g.tap_count; ++t)
    for (int64_t b = 0; b < g.taps[t].blocks; ++b)
      for (int i = 0; i < V; i += I)
        blocked_weight_tile<I, N, centred>(
            g.taps[t].in + b * g.taps[t].stride + from * V + i, g.dy + output * g.dy_stride + from * V, g.dy_stride,
            count, centred ? g.centre + output * V : nullptr,
            g.sum + ((t * g.taps[t].blocks + b) * V + i) * row + output * V, row, g.first && from == 0);
}

template <bool centred>
inline void weight_gradient_blocked(const WeightGradient& g) {
  constexpr int64_t chunk = 128;  // pixels whose x and dy stay in the first-level cache while all taps are done
  for (int64_t from = 0; from < g.pixels; from += chunk) {
    const int64_t count = g.pixels - from < chunk ? g.pixels - from : chunk;
    for (int64_t o = 0; o < g.outputs;) {
      const int64_t group = blocked_group(g.outputs - o);
      constexpr int half = V == 16 ? 8 : 4;
      if (group == 3) blocked_weight_taps<half, 3, centred>(g, o, from, count);
      else if (group == 2) blocked_weight_taps<V == 4 ? 4 : half, 2, centred>(g, o, from, count);
      else blocked_weight_taps<V, 1, centred>(g, o, from, count);
      o += group;
    }
  }
}

template <int I, int N, bool centred>
inline void planar_weight_pairs(const WeightGradient& g, int t, int64_t input, int64_t output) {
  const int64_t row = g.outputs, vectors = (g.pixels + V - 1) / V;
  planar_weight_tile<I, N, centred>(g.taps[t].in + input * g.taps[t].stride, g.taps[t].stride,
                                    g.dy + output * g.dy_stride, g.dy_stride, vectors, g.lines, g.dy_gap,
                                    centred ? g.centre + output * V : nullptr,
                                    g.sum + (t * g.taps[t].blocks + input) * row + output, row, g.first);
}

template <int I, bool centred>
inline void planar_weight_row(const WeightGradient& g, int t, int64_t input) {
  int64_t o = 0;
  for (; o + 4 <= g.outputs; o += 4) planar_weight_pairs<I, 4, centred>(g, t, input, o);
  for (; o < g.outputs; ++o) planar_weight_pairs<I, 1, centred>(g, t, input, o);
}

template <bool centred>
inline void weight_gradient_planar(const WeightGradient& g) {
  constexpr int I = kRegisters == 32 ? 4 : 2;
  for (int t = 0; t < g.tap_count; ++t) {
    int64_t i = 0;
    for (; i + I <= g.taps[t].blocks; i += I) planar_weight_row<I, centred>(g, t, i);
    for (; i < g.taps[t].blocks; ++i) planar_weight_row<1, centred>(g, t, i);
  }
}

inline void weight_gradient(const WeightGradient& g, bool planar) {
  if (planar) g.centre ? weight_gradient_planar<true>(g) : weight_gradient_planar<false>(g);
  else g.centre ? weight_gradient_blocked<true>(g) : weight_gradient_blocked<false>(g);
}

}  // namespace drnas
