// The DARTS search cell: sizes, layouts, and where everything lies in memory.
//
//   node_i = sum over j < i of sum over operations o of theta_o BN_o(o(x_j)),   i = 2..5, x_0 and x_1 the cell's inputs,
//
// on the first c = C/k channels of each node; the other channels pass by (halved by a 2x2 maximum from an input of a
// reduction cell), and both are shuffled. The output lays nodes 2..5 side by side.
//
// Images fill the lanes of a vector: a unit is V images, a pixel of a channel is one vector, and a tensor is
// [unit][channel][row][column][V]. Vectors are then full whatever the number of channels and the size of the images,
// every load is aligned, and strides, dilations and borders are a matter of which pixels are read. Lanes beyond the
// last image hold finite rubbish and are left out of every sum over the batch.
#pragma once
#include "kernel.h"
#include "simd.h"
#include "slots.h"

namespace drnas {
namespace darts {

constexpr int kInputs = 2, kNodes = 6, kSources = 5, kEdges = 14, kOps = 7;
enum Op { kMax, kAvg, kSkip, kSep3, kSep5, kDil3, kDil5 };
enum Needs { kAlpha, kWeights, kAll };

// Rows of the packed statistics of an edge.
constexpr int kRows = 9, kRowMax = 0, kRowAvg = 1, kRowReduce = 2;

// A stage is a depthwise convolution, a pointwise one and a batch normalisation, of the relu of what came before.
struct Stage {
  Op op;
  int row, size, dilation;
  bool second;  // of a separable convolution
  constexpr int taps() const { return size * size; }
  constexpr int pad() const { return (size - 1) / 2 * dilation; }
};
constexpr int kStages = 6;
constexpr Stage kStage[kStages] = {{kSep3, 3, 3, 1, false}, {kSep3, 4, 3, 1, true}, {kSep5, 5, 5, 1, false},
                                   {kSep5, 6, 5, 1, true},  {kDil3, 7, 3, 2, false}, {kDil5, 8, 5, 2, false}};
// Weights of an edge: depthwise and pointwise of each stage, then the two convolutions of the factorised reduction.
constexpr int kWeightsOfEdge = 2 * kStages + 2, kReduceWeight = 2 * kStages;
constexpr int kMaxTaps = 25;
constexpr int kPad = 4;  // columns beside the rows of a padded source: enough for each first stage

inline int edge_of(int target, int source) { return (target - 2) * (target + 1) / 2 + source; }

// Hands out pieces of one block of memory. With base null it only measures.
struct Arena {
  char* base;
  int64_t used;
  template <class T>
  T* take(int64_t count) {
    T* p = base ? reinterpret_cast<T*>(base + used) : nullptr;
    used += aligned_bytes(count * static_cast<int64_t>(sizeof(T)));
    return p;
  }
};

struct Geometry {
  int64_t B, H, W, C, k, c, rest;  // rest = C - c channels pass by
  bool reduction;
  int64_t h, w;     // of nodes 2..5
  int64_t half;     // output channels of the factorised reduction's first convolution
  int64_t units;
  bool keep[kEdges][kOps];

  int64_t rows(int source) const { return source < kInputs ? H : h; }
  int64_t columns(int source) const { return source < kInputs ? W : w; }
  int64_t pixels(int source) const { return rows(source) * columns(source); }
  int stride(int source) const { return reduction && source < kInputs ? 2 : 1; }
  int64_t n() const { return h * w; }
  int64_t plane() const { return n() * V; }              // floats of a channel of a unit at the nodes' size
  int64_t plane(int source) const { return pixels(source) * V; }
  int64_t block() const { return c * plane(); }          // floats of a unit's active channels
  int64_t block(int source) const { return c * plane(source); }
  int64_t padded_row(int source) const { return (columns(source) + 2 * kPad) * V; }
  int64_t padded_plane(int source) const { return rows(source) * padded_row(source); }
  double count() const { return static_cast<double>(B * n()); }
  int lanes(int64_t unit) const { return static_cast<int>(B - unit * V < V ? B - unit * V : V); }
  bool identity(int edge, int source) const { return keep[edge][kSkip] && stride(source) == 1; }
  bool reduces(int edge, int source) const { return keep[edge][kSkip] && stride(source) == 2; }
  bool pools(int source, int which) const {  // whether any edge from here takes this pool
    for (int target = source < 2 ? 2 : source + 1; target < kNodes; ++target)
      if (keep[edge_of(target, source)][which]) return true;
    return false;
  }
};
inline int first_target(int source) { return source < kInputs ? 2 : source + 1; }

inline Geometry make_geometry(const double* args) {
  Geometry g;
  g.B = integer(args[0]), g.H = integer(args[1]), g.W = integer(args[2]), g.C = integer(args[3]);
  g.k = integer(args[4]), g.reduction = args[5] != 0, g.half = integer(args[6]);
  g.c = g.C / g.k, g.rest = g.C - g.c;
  g.h = g.reduction ? g.H / 2 : g.H, g.w = g.reduction ? g.W / 2 : g.W;
  g.units = (g.B + V - 1) / V;
  for (int e = 0; e < kEdges; ++e)
    for (int o = 0; o < kOps; ++o) g.keep[e][o] = args[7 + e * kOps + o] != 0;
  return g;
}
constexpr int kGeometryArgs = 7 + kEdges * kOps;

// What forward leaves for backward.
struct Saved {
  float* node[kSources];          // active channels
  float* pool[kSources][2];       // maximum and average of each source, before normalisation
  float* z[kEdges][kStages];      // outputs of the stages, before normalisation
  float* reduced[kEdges];         // of the factorised reduction
  float* choice[kInputs];         // which of the four a 2x2 maximum took: [unit][rest][n][V]
  double *mean, *inverse;         // [edge][row][c]; inverse = 1/sqrt(variance + epsilon)

  // The output of a packed row of an edge: unit's first channel.
  const float* row(const Geometry& g, int edge, int source, int r, int64_t unit) const {
    const float* base = r <= kRowAvg ? pool[source][r] : r == kRowReduce ? reduced[edge] : z[edge][r - 3];
    return base + unit * g.block();
  }
};

inline Saved take_saved(const Geometry& g, Arena& arena) {
  Saved s;
  for (int j = 0; j < kSources; ++j) {
    s.node[j] = arena.take<float>(g.units * g.block(j));
    for (int p = 0; p < 2; ++p) s.pool[j][p] = arena.take<float>(g.pools(j, p) ? g.units * g.block() : 0);
  }
  for (int target = 2; target < kNodes; ++target)
    for (int source = 0; source < target; ++source) {
      const int e = edge_of(target, source);
      for (int t = 0; t < kStages; ++t)
        s.z[e][t] = arena.take<float>(g.keep[e][kStage[t].op] ? g.units * g.block() : 0);
      s.reduced[e] = arena.take<float>(g.reduces(e, source) ? g.units * g.block() : 0);
    }
  for (int j = 0; j < kInputs; ++j)
    s.choice[j] = arena.take<float>(g.reduction ? g.units * g.rest * g.plane() : 0);
  s.mean = arena.take<double>(kEdges * kRows * g.c);
  s.inverse = arena.take<double>(kEdges * kRows * g.c);
  return s;
}

// The rows of an edge that are in use.
inline int rows_of_edge(const Geometry& g, int edge, int source, int* rows) {
  int count = 0;
  for (int p = 0; p < 2; ++p)
    if (g.keep[edge][p]) rows[count++] = p;
  if (g.reduces(edge, source)) rows[count++] = kRowReduce;
  for (int t = 0; t < kStages; ++t)
    if (g.keep[edge][kStage[t].op]) rows[count++] = kStage[t].row;
  return count;
}
inline Op op_of_row(int row) {
  return row == kRowMax ? kMax : row == kRowAvg ? kAvg : row == kRowReduce ? kSkip : kStage[row - 3].op;
}
// Whether a row's output goes to the node itself, not to a second stage.
inline bool is_last(int row) { return row < 3 || row == 4 || row >= 6; }

// Depthwise weights [taps][c] -> [c][taps].
inline void pack_depthwise(const float* w, int64_t taps, int64_t c, float* to) {
  for (int64_t ch = 0; ch < c; ++ch)
    for (int64_t t = 0; t < taps; ++t) to[ch * taps + t] = w[t * c + ch];
}

}  // namespace darts
}  // namespace drnas
