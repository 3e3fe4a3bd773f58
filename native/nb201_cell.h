// The NAS-Bench-201 search cell: sizes, layouts, and where everything lies in memory.
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
#include "weight_tiles.h"
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

}  // namespace nb201
}  // namespace drnas
