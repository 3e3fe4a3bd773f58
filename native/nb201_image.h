// Steps of the search cell on one image: pooling, padded copies, NHWC in and out, channel shuffle, weighted sums.
#pragma once
#include "nb201_cell.h"

namespace drnas {
namespace nb201 {

// ---- Average pooling: 3x3, stride 1, divided by the number of cells inside the image.
// Vertical sum first, on a copy with a zero row above and below; then horizontally, with per-pixel factors that are 0
// where the neighbour is outside. Forward factors carry 1/count; the transposed pool divides its input instead.
struct PoolMaps {
  float* share;                 // [pixel] 1 / valid cells
  float *left, *right;          // share, 0 where there is no such neighbour
  float *one, *one_left, *one_right;
};

inline PoolMaps take_maps(const Geometry& g, Arena& arena) {
  const int64_t size = round_up(g.n, V);
  float* at = arena.take<float>(6 * size);
  PoolMaps m;
  m.share = at, m.left = at + size, m.right = at + 2 * size;
  m.one = at + 3 * size, m.one_left = at + 4 * size, m.one_right = at + 5 * size;
  if (!at) return m;
  fill(at, 0, 6 * size);
  for (int64_t y = 0, q = 0; y < g.H; ++y)
    for (int64_t x = 0; x < g.W; ++x, ++q) {
      const int rows = 1 + (y > 0) + (y + 1 < g.H), columns = 1 + (x > 0) + (x + 1 < g.W);
      m.share[q] = 1.0f / static_cast<float>(rows * columns);
      m.left[q] = x > 0 ? m.share[q] : 0;
      m.right[q] = x + 1 < g.W ? m.share[q] : 0;
      m.one[q] = 1;
      m.one_left[q] = x > 0;
      m.one_right[q] = x + 1 < g.W;
    }
  return m;
}

inline vec pixel_factor(const float* map, int64_t at, bool planar) {
  return planar ? load(map + at) : broadcast(map[at / V]);
}

// Room for one block with zero rows, and for its vertical sums with a margin. Rows lie end to end, at padded + W*bs.
struct PoolRoom {
  float* padded;
  float* vertical;
};
inline PoolRoom take_pool_room(const Geometry& g, Arena& arena) {
  PoolRoom r;
  r.padded = arena.take<float>((g.n + 2 * g.W) * g.bs + V);
  r.vertical = arena.take<float>(g.stride + 2 * V);
  if (r.vertical) r.vertical += V;
  return r;
}

// Zeroes the rows around rows laid end to end from `padded + W*bs` on, and what the last vector spilt.
inline void zero_rows(const Geometry& g, float* padded) {
  const int64_t row = g.W * g.bs;
  fill(padded, 0, row);
  fill(padded + row + g.n * g.bs, 0, row + V);
}

inline void pool_vertical(const Geometry& g, const PoolRoom& room) {
  zero_rows(g, room.padded);
  const int64_t row = g.W * g.bs;
  for (int64_t q = 0; q < g.stride; q += V)
    store(room.vertical + q, load(room.padded + q) + load(room.padded + q + row) + load(room.padded + q + 2 * row));
  store(room.vertical - V, vec{});
  store(room.vertical + g.stride, vec{});
}

inline vec pool_horizontal(const Geometry& g, const PoolRoom& room, const float* centre, const float* left,
                           const float* right, int64_t q) {
  const float* v = room.vertical + q;
  return load(v) * pixel_factor(centre, q, g.planar) + load(v - g.bs) * pixel_factor(left, q, g.planar) +
         load(v + g.bs) * pixel_factor(right, q, g.planar);
}

// ---- The padded copies that convolutions read: copy kx of block b at base + (kx*blocks + b) * pad_stride, or the one
// copy when lined. value(q) gives the vector at position q of the block. copy_size 0: only the middle copy is wanted.
template <class Value>
inline void padded_copies(const Geometry& g, float* first, int64_t copy_size, const Value& value) {
  const int64_t row = g.row;
  if (g.lined) {
    float* to = first + g.origin();
    fill(first, 0, g.origin());
    for (int64_t y = 0, q = 0; y < g.H; ++y, to += row) {
      for (int64_t x = 0; x < g.W; x += V, q += V) store(to + x, value(q));
      to[g.W] = 0;
    }
    fill(to, 0, row + V);
    return;
  }
  if (copy_size == 0) {
    for (int64_t q = 0; q < g.stride; q += V) store(first + row + q, value(q));
    zero_rows(g, first);
    return;
  }
  float *left = first, *centre = first + copy_size, *right = centre + copy_size;
  for (int64_t q = 0; q < g.stride; q += V) {
    const vec v = value(q);
    store(centre + row + q, v);
    store(left + row + q + g.bs, v);
    store(right + row + q - g.bs, v);
  }
  zero_rows(g, left);
  zero_rows(g, centre);
  zero_rows(g, right);
  for (int64_t y = 0; y < g.H; ++y)
    for (int64_t i = 0; i < g.bs; ++i) {
      left[row + y * row + i] = 0;
      right[row + y * row + row - g.bs + i] = 0;
    }
}

// relu(node) of an image as padded copies; with no 3x3 convolution only the middle one is needed. Returns where the
// middle copy's block 0 begins. sums [cb][V], if given, receives each block's sum of vectors.
inline const float* relu_copies(const Geometry& g, const float* node, bool three, float* to, float* sums = nullptr) {
  const int64_t copy_size = three ? g.cb * g.pad_stride : 0;
  for (int64_t block = 0; block < g.cb; ++block) {
    const float* from = node + block * g.stride;
    vec sum = vec{};
    padded_copies(g, to + block * g.pad_stride, copy_size, [&](int64_t q) {
      const vec v = relu(load(from + q));
      sum += v;
      return v;
    });
    if (sums) store(sums + block * V, sum);
  }
  return g.lined ? to : to + copy_size;
}

// relu(node) - middle in the image's own layout; middle is [cb][V].
inline void relu_flat(const Geometry& g, const float* node, const float* middle, float* to) {
  for (int64_t block = 0; block < g.cb; ++block) {
    const vec centre = middle ? load(middle + block * V) : vec{};
    const float* from = node + block * g.stride;
    float* out = to + block * g.stride;
    for (int64_t q = 0; q < g.stride; q += V) store(out + q, relu(load(from + q)) - centre);
  }
}

// A c x c sum over pixels as weight_gradient leaves it: rows of `pair_row` floats, one for each input channel.
inline int64_t pair_row(const Geometry& g) { return g.planar ? g.c : g.cb * V; }
inline int64_t pair_floats(const Geometry& g) { return round_up(g.cb * g.bs * pair_row(g), 16); }

// The nine taps of a 3x3 convolution over padded copies, or with `flipped` those of its transpose.
inline void taps_of_copies(const Geometry& g, const float* copies, int64_t blocks, bool flipped, Tap* taps) {
  for (int ky = 0; ky < 3; ++ky)
    for (int kx = 0; kx < 3; ++kx) {
      const int64_t y = flipped ? 2 - ky : ky, x = flipped ? 2 - kx : kx;
      const float* from = copies + g.origin() + (y - 1) * g.row;
      from += g.lined ? x - 1 : x * blocks * g.pad_stride;
      taps[ky * 3 + kx] = Tap{from, g.pad_stride, blocks, false};
    }
}

// ---- NHWC images to and from our layout.
inline void read_image(const Geometry& g, const float* x, float* active, float* rest) {
  const int64_t C = g.C;
  if (!g.planar) {
    for (int64_t b = 0; b < g.Cb; ++b) {
      float* to = b < g.cb ? active + b * g.stride : rest + (b - g.cb) * g.stride;
      const int64_t lanes = C - b * V < V ? C - b * V : V;
      if (lanes == V) {
        for (int64_t q = 0; q < g.n; ++q) store(to + q * V, load(x + q * C + b * V));
      } else {
        for (int64_t q = 0; q < g.n; ++q)
          for (int64_t i = 0; i < V; ++i) to[q * V + i] = i < lanes ? x[q * C + b * V + i] : 0.0f;
      }
    }
    return;
  }
  int64_t q = 0;
  if (power_of_two(C) && C <= 64)
    for (; q + V <= g.n; q += V) {
      vec z[64];
      for (int64_t i = 0; i < C; ++i) z[i] = load(x + q * C + i * V);
      deinterleave(z, static_cast<int>(C));
      for (int64_t i = 0; i < C; ++i)
        store((i < g.cb ? active + i * g.stride : rest + (i - g.cb) * g.stride) + q, z[i]);
    }
  for (int64_t i = 0; i < C; ++i) {
    float* to = i < g.cb ? active + i * g.stride : rest + (i - g.cb) * g.stride;
    for (int64_t p = q; p < g.stride; ++p) to[p] = p < g.n ? x[p * C + i] : 0.0f;
  }
}

inline void write_image(const Geometry& g, const float* active, const float* rest, float* x) {
  const int64_t C = g.C;
  if (!g.planar) {
    for (int64_t b = 0; b < g.Cb; ++b) {
      const float* from = b < g.cb ? active + b * g.stride : rest + (b - g.cb) * g.stride;
      const int64_t lanes = C - b * V < V ? C - b * V : V;
      if (lanes == V) {
        for (int64_t q = 0; q < g.n; ++q) store(x + q * C + b * V, load(from + q * V));
      } else {
        for (int64_t q = 0; q < g.n; ++q)
          for (int64_t i = 0; i < lanes; ++i) x[q * C + b * V + i] = from[q * V + i];
      }
    }
    return;
  }
  int64_t q = 0;
  if (power_of_two(C) && C <= 64)
    for (; q + V <= g.n; q += V) {
      vec z[64];
      for (int64_t i = 0; i < C; ++i)
        z[i] = load((i < g.cb ? active + i * g.stride : rest + (i - g.cb) * g.stride) + q);
      interleave(z, static_cast<int>(C));
      for (int64_t i = 0; i < C; ++i) store(x + q * C + i * V, z[i]);
    }
  for (int64_t i = 0; i < C; ++i) {
    const float* from = i < g.cb ? active + i * g.stride : rest + (i - g.cb) * g.stride;
    for (int64_t p = q; p < g.n; ++p) x[p * C + i] = from[p];
  }
}

// ---- Channel shuffle with k groups, out[j*k + g] = in[g*c + j], where in = [active; rest] before and after.
// Planar: a renumbering of channels. Blocked: block jb of each group, interleaved.
struct Halves {
  float* active;
  float* rest;
};
inline float* block_of(const Geometry& g, const Halves& h, int64_t b) {
  return b < g.cb ? h.active + b * g.stride : h.rest + (b - g.cb) * g.stride;
}

inline void shuffle(const Geometry& g, const Halves& from, const Halves& to) {
  for (int64_t jb = 0; jb < g.cb; ++jb) {
    if (g.planar) {
      for (int64_t s = 0; s < g.k; ++s) copy(block_of(g, to, jb * g.k + s), block_of(g, from, s * g.cb + jb), g.stride);
      continue;
    }
    for (int64_t q = 0; q < g.stride; q += V) {
      vec z[64];
      for (int64_t s = 0; s < g.k; ++s) z[s] = load(block_of(g, from, s * g.cb + jb) + q);
      interleave(z, static_cast<int>(g.k));
      for (int64_t s = 0; s < g.k; ++s) store(block_of(g, to, jb * g.k + s) + q, z[s]);
    }
  }
}

inline void unshuffle(const Geometry& g, const Halves& from, const Halves& to) {
  for (int64_t jb = 0; jb < g.cb; ++jb) {
    if (g.planar) {
      for (int64_t s = 0; s < g.k; ++s) copy(block_of(g, to, s * g.cb + jb), block_of(g, from, jb * g.k + s), g.stride);
      continue;
    }
    for (int64_t q = 0; q < g.stride; q += V) {
      vec z[64];
      for (int64_t s = 0; s < g.k; ++s) z[s] = load(block_of(g, from, jb * g.k + s) + q);
      deinterleave(z, static_cast<int>(g.k));
      for (int64_t s = 0; s < g.k; ++s) store(block_of(g, to, s * g.cb + jb) + q, z[s]);
    }
  }
}

inline void add_to(float* to, const float* from, int64_t count) {
  for (int64_t q = 0; q < count; q += V) store(to + q, load(to + q) + load(from + q));
}

// A sum of scaled images, block by block: bias + sum of factor * value. Factors are [cb][V].
struct Term {
  const float* value;   // [cb][stride]
  const float* factor;  // [cb][V], or null: use `scalar`
  float scalar;
};
template <int N, class Extra, class Sink>
inline void weighted_sum_of(const Geometry& g, const Term* terms, int64_t block, vec start, const Extra& extra,
                            const Sink& sink) {
  constexpr int64_t U = 4;  // vectors in flight
  vec factor[N + 1];
  const float* value[N + 1];
#pragma GCC unroll 9
  for (int t = 0; t < N; ++t) {
    factor[t] = terms[t].factor ? load(terms[t].factor + block * V) : broadcast(terms[t].scalar);
    value[t] = terms[t].value + block * g.stride;
  }
  int64_t q = 0;
  for (; q + U * V <= g.stride; q += U * V) {
    vec sum[U];
#pragma GCC unroll 4
    for (int64_t u = 0; u < U; ++u) sum[u] = start;
#pragma GCC unroll 9
    for (int t = 0; t < N; ++t)
#pragma GCC unroll 4
      for (int64_t u = 0; u < U; ++u) sum[u] += factor[t] * load(value[t] + q + u * V);
#pragma GCC unroll 4
    for (int64_t u = 0; u < U; ++u) sink(q + u * V, sum[u] + extra(q + u * V));
  }
  for (; q < g.stride; q += V) {
    vec sum = start;
#pragma GCC unroll 9
    for (int t = 0; t < N; ++t) sum += factor[t] * load(value[t] + q);
    sink(q, sum + extra(q));
  }
}
// At most N terms; their number becomes a constant of the loops.
template <int N, class Extra, class Sink>
inline void weighted_sum(const Geometry& g, const Term* terms, int count, int64_t block, vec start, const Extra& extra,
                         const Sink& sink) {
  if (count == N) return weighted_sum_of<N>(g, terms, block, start, extra, sink);
  if constexpr (N > 0) weighted_sum<N - 1>(g, terms, count, block, start, extra, sink);
}

// Zeroes the lanes of a planar block beyond the last pixel, so that they add nothing to sums.
inline void zero_tail(const Geometry& g, float* image, int64_t blocks) {
  if (g.stride == g.n * g.bs) return;
  for (int64_t b = 0; b < blocks; ++b)
    for (int64_t q = g.n * g.bs; q < g.stride; ++q) image[b * g.stride + q] = 0;
}

// The two convolution sizes of the layouts behind one name.
inline void convolve(const Geometry& g, const Convolution& c) { g.planar ? convolve_planar(c) : convolve_blocked(c); }

}  // namespace nb201
}  // namespace drnas
