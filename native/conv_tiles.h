// Register tiles of convolutions, forward and transposed (the same tile on flipped taps).
//
// An image lives in blocks of `bs` channels, [block][pixel][bs], with bs = V (a vector is V channels of a pixel:
// "blocked") or bs = 1 (a vector is V pixels of a channel: "planar", for channel counts that would waste lanes).
// A 3x3 neighbourhood is read from three copies of the image, shifted by one pixel left, not at all, and right, with a
// zero row above and below. So pixel q of a tap is always at q + ky*W of copy kx: no edges, no rows, any tile length.
// Planar images whose rows are whole vectors need only one copy, with a zero between rows: `Lines` says where its
// vectors lie.
#pragma once
#include "simd.h"

namespace drnas {

// One tap of a convolution: where its first input block begins, the distance of blocks, and how many there are.
struct Tap {
  const float* in;
  int64_t stride;
  int64_t blocks;
  bool flat = false;  // rows end to end, whatever the convolution's `lines` say
};

// Where vector v of a planar plane lies: rows of `vectors` vectors, `gap` floats between them.
struct Lines {
  int64_t vectors;
  int64_t gap;
  int64_t position(int64_t v) const { return v * V + v / vectors * gap; }
};

#if DRNAS_WIDTH == 16
constexpr int kRegisters = 32;
#else
constexpr int kRegisters = 16;
#endif

// How many output blocks the next tile takes, of those that remain. Weights are packed in this order.
inline int64_t blocked_group(int64_t remaining) {
  if (V > 4 && remaining >= 3 && remaining != 4) return 3;
  return remaining >= 2 ? 2 : 1;
}
inline int64_t planar_group(int64_t remaining) {
  if (V == 16 && remaining % 12 == 0) return 12;
  if (V == 16 && remaining >= 8) return 8;
  if (remaining >= 4) return 4;
  return remaining >= 2 ? 2 : 1;
}

// Blocked tile: P pixels x N output blocks. Weights: [tap][input channel][N][V].
template <int P, int N>
inline void blocked_tile(const Tap* taps, int tap_count, int64_t block_period, int64_t last_lanes, const float* w,
                         int64_t pixel, vec (&sum)[P][N]) {
  for (int p = 0; p < P; ++p)
    for (int v = 0; v < N; ++v) sum[p][v] = vec{};
  for (int t = 0; t < tap_count; ++t) {
    const float* block = taps[t].in + pixel * V;
    int64_t in_period = 0;
    for (int64_t b = 0; b < taps[t].blocks; ++b, block += taps[t].stride) {
      int64_t lanes = V;
      if (++in_period == block_period) lanes = last_lanes, in_period = 0;
      const float* x = block;
      for (int64_t lane = 0; lane < lanes; ++lane, ++x, w += N * V) {
        vec weight[N];
#pragma GCC unroll 8
        for (int v = 0; v < N; ++v) weight[v] = load(w + v * V);
#pragma GCC unroll 32
        for (int p = 0; p < P; ++p) {
          const vec value = broadcast(x[p * V]);
#pragma GCC unroll 8
          for (int v = 0; v < N; ++v) sum[p][v] += value * weight[v];
        }
      }
    }
  }
}

// Planar tile: P vectors of pixels x N output channels. Weights: [tap][input channel][N].
template <int P, int N>
inline void planar_tile(const Tap* taps, int tap_count, const float* w, const Lines& lines, int64_t first,
                        vec (&sum)[P][N]) {
  int64_t in_lines[P];
  for (int p = 0; p < P; ++p) {
    in_lines[p] = lines.position(first + p);
    for (int o = 0; o < N; ++o) sum[p][o] = vec{};
  }
  for (int t = 0; t < tap_count; ++t) {
    const float* x = taps[t].in;
    int64_t at[P];
    for (int p = 0; p < P; ++p) at[p] = taps[t].flat ? (first + p) * V : in_lines[p];
    for (int64_t b = 0; b < taps[t].blocks; ++b, x += taps[t].stride, w += N) {
      vec value[P];
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) value[p] = load(x + at[p]);
#pragma GCC unroll 16
      for (int o = 0; o < N; ++o) {
        const vec weight = broadcast(w[o]);
#pragma GCC unroll 8
        for (int p = 0; p < P; ++p) sum[p][o] += value[p] * weight;
      }
    }
  }
}

// Adds a tile to the statistics. The first tile of an image sets the shift from its middle, so that the sums of
// squares are about a value close to the mean and lose nothing when the mean is large.
template <int P, int N, bool planar>
inline void tile_statistics(const vec (&sum)[P][N], float* at, bool first, vec keep, bool masked) {
#pragma GCC unroll 16
  for (int o = 0; o < N; ++o, at += 3 * V) {
    if (first) {
      store(at, planar ? broadcast(sum[P / 2][o][masked ? 0 : V / 2]) : sum[P / 2][o]);
      store(at + V, vec{});
      store(at + 2 * V, vec{});
    }
    const vec shift = load(at);
    vec total = load(at + V), squares = load(at + 2 * V);
#pragma GCC unroll 32
    for (int p = 0; p < P; ++p) {
      vec d = sum[p][o] - shift;
      if (masked) d = d * keep;
      total += d;
      squares += d * d;
    }
    store(at + V, total);
    store(at + 2 * V, squares);
  }
}

struct Convolution {
  const Tap* taps;
  int tap_count;
  int64_t block_period;  // input blocks of one target: its last block has only last_lanes channels
  int64_t last_lanes;
  const float* weights;  // packed
  int64_t rows;          // sum over taps of their input channels: the length of one output's weights
  int64_t outputs;       // output blocks (planar: channels)
  float* out;            // [output][stride]
  int64_t stride;
  int64_t pixels;
  float* statistics;  // [output][3][V] or null: shift, sum and sum of squares about the shift
  Lines lines;        // of the planar input
};

template <int P, int N>
inline void blocked_step(const Convolution& c, const float* w, float* out, float* statistics, int64_t pixel,
                         bool& first) {
  vec sum[P][N];
  blocked_tile<P, N>(c.taps, c.tap_count, c.block_period, c.last_lanes, w, pixel, sum);
#pragma GCC unroll 32
  for (int p = 0; p < P; ++p)
#pragma GCC unroll 8
    for (int v = 0; v < N; ++v) store(out + v * c.stride + (pixel + p) * V, sum[p][v]);
  if (statistics) tile_statistics<P, N, false>(sum, statistics, first, vec{}, false);
  first = false;
}

// All pixels for N output blocks: tiles of P pixels from the middle of the image on, then what is left.
template <int P, int N>
inline void blocked_group_run(const Convolution& c, const float* w, float* out, float* statistics) {
  bool first = true;
  const int64_t tiles = c.pixels / P;
  for (int64_t i = 0, tile = tiles / 2; i < tiles; ++i) {
    blocked_step<P, N>(c, w, out, statistics, tile * P, first);
    if (++tile == tiles) tile = 0;
  }
  int64_t pixel = tiles * P;
  for (; pixel + 4 <= c.pixels; pixel += 4) blocked_step<4, N>(c, w, out, statistics, pixel, first);
  for (; pixel < c.pixels; ++pixel) blocked_step<1, N>(c, w, out, statistics, pixel, first);
}

inline void convolve_blocked(const Convolution& c) {
  const float* w = c.weights;
  for (int64_t o = 0; o < c.outputs;) {
    const int64_t group = blocked_group(c.outputs - o);
    float* out = c.out + o * c.stride;
    float* statistics = c.statistics ? c.statistics + o * 3 * V : nullptr;
    if (V == 16) {
      if (group == 3) blocked_group_run<8, 3>(c, w, out, statistics);
      else if (group == 2) blocked_group_run<8, 2>(c, w, out, statistics);
      else blocked_group_run<16, 1>(c, w, out, statistics);
    } else if (V == 8) {
      if (group == 3) blocked_group_run<4, 3>(c, w, out, statistics);
      else if (group == 2) blocked_group_run<6, 2>(c, w, out, statistics);
      else blocked_group_run<8, 1>(c, w, out, statistics);
    } else {
      if (group == 2) blocked_group_run<4, 2>(c, w, out, statistics);
      else blocked_group_run<8, 1>(c, w, out, statistics);
    }
    w += group * V * c.rows;
    o += group;
  }
}

template <int P, int N>
inline void planar_step(const Convolution& c, const float* w, float* out, float* statistics, int64_t first_vector,
                        bool& first, vec keep, bool masked) {
  vec sum[P][N];
  planar_tile<P, N>(c.taps, c.tap_count, w, c.lines, first_vector, sum);
#pragma GCC unroll 16
  for (int o = 0; o < N; ++o)
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) store(out + o * c.stride + (first_vector + p) * V, sum[p][o]);
  if (statistics) tile_statistics<P, N, true>(sum, statistics, first, keep, masked);
  first = false;
}

template <int P, int N>
inline void planar_group_run(const Convolution& c, const float* w, float* out, float* statistics) {
  bool first = true;
  const int64_t whole = c.pixels / V, tail = c.pixels % V, tiles = whole / P;
  for (int64_t i = 0, tile = tiles / 2; i < tiles; ++i) {
    planar_step<P, N>(c, w, out, statistics, tile * P, first, vec{}, false);
    if (++tile == tiles) tile = 0;
  }
  for (int64_t v = tiles * P; v < whole; ++v) planar_step<1, N>(c, w, out, statistics, v, first, vec{}, false);
  if (tail) {
    vec keep = vec{};
    for (int i = 0; i < tail; ++i) keep[i] = 1;
    planar_step<1, N>(c, w, out, statistics, whole, first, keep, true);
  }
}

inline void convolve_planar(const Convolution& c) {
  const float* w = c.weights;
  constexpr int wide = V == 16 ? 1 : 0;
  for (int64_t o = 0; o < c.outputs;) {
    const int64_t group = planar_group(c.outputs - o);
    float* out = c.out + o * c.stride;
    float* statistics = c.statistics ? c.statistics + o * 3 * V : nullptr;
    if (wide && group == 12) planar_group_run<2, wide ? 12 : 1>(c, w, out, statistics);
    else if (wide && group == 8) planar_group_run<2, wide ? 8 : 1>(c, w, out, statistics);
    else if (group == 4) planar_group_run<wide ? 4 : 2, 4>(c, w, out, statistics);
    else if (group == 2) planar_group_run<4, 2>(c, w, out, statistics);
    else planar_group_run<4, 1>(c, w, out, statistics);
    w += group * c.rows;
    o += group;
  }
}

// Packs weights for convolve_*: fill_output(output, to, row_stride) writes an output block's weights (planar: one float,
// blocked: V lanes) for row r at to + r * row_stride. Rows are (tap, input channel) in the order of the taps.
template <class Fill>
inline void pack_weights(float* to, int64_t rows, int64_t outputs, bool planar, const Fill& fill_output) {
  const int64_t lanes = planar ? 1 : V;
  for (int64_t o = 0; o < outputs;) {
    const int64_t group = planar ? planar_group(outputs - o) : blocked_group(outputs - o);
    for (int64_t v = 0; v < group; ++v) fill_output(o + v, to + v * lanes, group * lanes);
    to += rows * group * lanes;
    o += group;
  }
}

}  // namespace drnas
