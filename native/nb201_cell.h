// The NAS-Bench-201 search cell: sizes, where everything lies in memory, and the element-wise steps that the forward
// and backward passes share.
//
//   node_i = sum over j < i of [ skip x_j + pool avg3x3(x_j) + w1 BN(conv1x1(relu x_j)) + w3 BN(conv3x3(relu x_j)) ]
//
// on the first c = C/k channels of each node; the other channels pass by, and both are shuffled. Work goes image by
// image, with one barrier a node, because batch normalisation needs the whole batch.
//
// The outputs of the 1x1 convolutions are never stored. With r = relu(x_j), mean m and covariance S over the batch, the
// output W'r has mean W'm and variance diag(W'SW); the mixture is linear in r, so all 1x1 convolutions into a node are
// one, with scaled weights; and their gradients follow from M = sum (r - m) g' (see nb201_cell_backward.cpp).
#pragma once
#include "conv_tiles.h"
#include "kernel.h"

namespace drnas {
namespace nb201 {

constexpr int kEdges = 6, kOps = 5, kNodes = 4;
enum Op { kNone, kSkip, kConv1, kConv3, kPool };
enum Needs { kAlpha, kWeights, kAll };
inline int edge_of(int target, int source) { return target * (target - 1) / 2 + source; }

// Hands out pieces of one block of memory. With base null it only measures.
struct Arena {
  char* base;
  int64_t used;
  template <class T>
  T* take(int64_t count) {
    T* p = base ? reinterpret_cast<T*>(base + used) : nullptr;
    used += (count * static_cast<int64_t>(sizeof(T)) + 63) / 64 * 64;
    return p;
  }
};

// One kernel size out of one source node: its targets that are not pruned. Their outputs lie side by side.
struct Fan {
  int count;
  int target[3];
};

struct Geometry {
  int64_t B, H, W, C, k, c, n;  // n = H*W pixels
  bool planar;
  int64_t bs;          // channels in a block: V, or 1 when planar
  int64_t cb, Cb;      // blocks of the active channels, of all channels
  int64_t last_lanes;  // channels in the last active block
  int64_t stride;      // floats from block to block in an image
  bool lined;          // planar with rows of whole vectors: one padded copy serves all taps of a convolution
  int64_t row;         // floats from row to row in a padded copy
  int64_t pad_stride;  // floats from block to block in a padded copy, with its zero rows
  int64_t units;       // fixed groups of images: the unit of parallel work and of partial weight gradients
  bool same_layout;    // an NHWC image already is our layout
  bool keep[kEdges][kOps];
  Fan fan1[3], fan3[3];

  int64_t outputs(int j) const { return fan3[j].count * cb; }  // stored output blocks of source j: the 3x3 ones
  int64_t copies() const { return lined ? 1 : 3; }
  int64_t origin() const { return (lined ? V : 0) + row; }  // of pixel 0 in a padded copy
  Lines lines() const { return lined ? Lines{W / V, row - W} : Lines{int64_t(1) << 62, 0}; }
  int64_t image() const { return cb * stride; }
  int64_t rest() const { return (Cb - cb) * stride; }
  int64_t first_image(int64_t unit) const { return unit * B / units; }
};

inline int64_t round_up(int64_t a, int64_t b) { return (a + b - 1) / b * b; }

inline bool power_of_two(int64_t a) { return a > 0 && (a & (a - 1)) == 0; }

// Planar or blocked, whichever fills its vectors better. Blocked partial channels need whole blocks to shuffle.
inline bool choose_planar(int64_t c, int64_t k, int64_t n) {
  if (k > 1 && (c % V != 0 || !power_of_two(k) || k > 16)) return true;
  const int64_t blocked = round_up(c, V) * n, planar = c * round_up(n, V);
  return planar < blocked;
}

inline Geometry make_geometry(int64_t B, int64_t H, int64_t W, int64_t C, int64_t k, const double* mask) {
  Geometry g;
  g.B = B, g.H = H, g.W = W, g.C = C, g.k = k, g.c = C / k, g.n = H * W;
  g.planar = choose_planar(g.c, k, g.n);
  g.bs = g.planar ? 1 : V;
  g.cb = g.planar ? g.c : (g.c + V - 1) / V;
  g.Cb = g.planar ? C : (k == 1 ? g.cb : C / V);
  g.last_lanes = g.planar ? 1 : g.c - (g.cb - 1) * V;
  g.stride = round_up(g.n * g.bs, V);
  g.lined = g.planar && W % V == 0;
  g.row = g.lined ? W + 1 : W * g.bs;
  g.pad_stride = round_up((H + 2) * g.row + (g.lined ? 2 : 1) * V, V);
  g.units = B < 16 ? B : 16;
  g.same_layout = k == 1 && ((!g.planar && C == V) || (g.planar && C == 1 && g.n % V == 0));
  for (int e = 0; e < kEdges; ++e)
    for (int o = 0; o < kOps; ++o) g.keep[e][o] = mask[e * kOps + o] != 0;
  for (int j = 0; j < 3; ++j) {
    g.fan1[j].count = g.fan3[j].count = 0;
    for (int i = j + 1; i < kNodes; ++i) {
      if (g.keep[edge_of(i, j)][kConv1]) g.fan1[j].target[g.fan1[j].count++] = i;
      if (g.keep[edge_of(i, j)][kConv3]) g.fan3[j].target[g.fan3[j].count++] = i;
    }
  }
  return g;
}

// What forward leaves for backward: the active channels of nodes 0..2, every 3x3 convolution's output, the statistics.
// y[j] is [image][target][cb][stride].
struct Saved {
  float* node[3];
  float* y[3];
  double* mean;              // [12][c], row 2*edge + (0: 1x1, 1: 3x3)
  double* inverse;           // [12][c], 1/sqrt(variance + epsilon)
  double* relu_mean[3];      // [c] of relu(x_j)
  double* projected[kEdges];  // [c][c] covariance of relu(x_j) times the 1x1 weights
};

inline Saved take_saved(const Geometry& g, Arena& arena, float* x) {
  Saved s;
  s.node[0] = g.same_layout ? x : arena.take<float>(g.B * g.image());
  for (int j = 1; j < 3; ++j) s.node[j] = arena.take<float>(g.B * g.image());
  for (int j = 0; j < 3; ++j) s.y[j] = arena.take<float>(g.B * g.outputs(j) * g.stride);
  s.mean = arena.take<double>(2 * kEdges * g.c);
  s.inverse = arena.take<double>(2 * kEdges * g.c);
  for (int j = 0; j < 3; ++j) s.relu_mean[j] = arena.take<double>(g.c);
  for (int e = 0; e < kEdges; ++e) s.projected[e] = arena.take<double>(g.keep[e][kConv1] ? g.c * g.c : 0);
  return s;
}

// The output of one 3x3 convolution (slot s of source j's fan) in image b.
inline float* conv_output(const Geometry& g, const Saved& s, int j, int slot, int64_t b) {
  return s.y[j] + (b * g.outputs(j) + slot * g.cb) * g.stride;
}
inline int slot_of(const Fan& fan, int target) {
  for (int s = 0; s < fan.count; ++s)
    if (fan.target[s] == target) return s;
  return -1;
}

// A coefficient for each channel, spread over the lanes of its block: [cb][V].
inline void spread(const Geometry& g, const double* channels, float* lanes) {
  for (int64_t b = 0; b < g.cb; ++b)
    for (int64_t lane = 0; lane < V; ++lane) {
      const int64_t channel = g.planar ? b : b * V + lane;
      lanes[b * V + lane] = channel < g.c ? static_cast<float>(channels[channel]) : 0.0f;
    }
}

// Runs body(room, image, unit, first of its unit) for all images.
template <class Room, class SlotsOf, class Body>
inline void each_image(const Geometry& g, const SlotsOf& slots, const Room* rooms, const Body& body) {
  parallel_for(g.units, [&](int64_t unit) {
    const int64_t slot = slots.acquire();
    for (int64_t b = g.first_image(unit); b < g.first_image(unit + 1); ++b)
      body(rooms[slot], b, unit, b == g.first_image(unit));
    slots.release(slot);
  });
}

// Working memory of one running thread. A body takes any free one; nothing in it outlives the body.
struct Slots {
  int32_t* taken;
  int64_t count;
  int64_t acquire() const {
    for (;;)
      for (int64_t s = 0; s < count; ++s)
        if (!__atomic_exchange_n(taken + s, 1, __ATOMIC_ACQUIRE)) return s;
  }
  void release(int64_t s) const { __atomic_store_n(taken + s, 0, __ATOMIC_RELEASE); }
};

inline Slots take_slots(Arena& arena) {
  Slots slots;
  slots.count = thread_count();
  slots.taken = arena.take<int32_t>(slots.count);
  if (slots.taken)
    for (int64_t s = 0; s < slots.count; ++s) slots.taken[s] = 0;
  return slots;
}

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
      for (int64_t i = 0; i < C; ++i) store((i < g.cb ? active + i * g.stride : rest + (i - g.cb) * g.stride) + q, z[i]);
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
      for (int64_t i = 0; i < C; ++i) z[i] = load((i < g.cb ? active + i * g.stride : rest + (i - g.cb) * g.stride) + q);
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
