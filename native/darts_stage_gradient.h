// Backward through a stage of the DARTS cell for one unit of images: normalisation, pointwise, and both weight gradients.
#pragma once
#include "darts_passes.h"

namespace drnas {
namespace darts {

struct StageScratch {
  float* packed[kEdges][kStages];  // depthwise weights
  float* padded;                   // relu of a source, where weights are wanted
  float* normalisation;            // [edge][row][c][factor, slope, offset]
  float* partial[kEdges][kWeightsOfEdge];  // weight gradients: [unit][size]
};

struct StageRoom {
  float* dz;         // [c][w][V], a row
  float* depthwise;  // [c][w][V], a row
  float* du;         // gradient of the depthwise output, padded
  float* middle;     // relu of a first stage's normalised output, padded
  float* sums;       // [c*c or c*taps][V]
};

struct StageContext {
  const Geometry& g;
  const Wants& wants;
  const Saved& saved;
  const StageScratch& scratch;
  const float* const* weights;
};

inline int64_t weight_floats(const Geometry& g, int slot) {
  if (slot >= kReduceWeight) return g.c * (slot == kReduceWeight ? g.half : g.c - g.half);
  return slot % 2 ? g.c * g.c : g.c * kStage[slot / 2].taps();
}
inline bool weight_kept(const Geometry& g, int target, int source, int slot) {
  const int edge = edge_of(target, source);
  return slot >= kReduceWeight ? g.reduces(edge, source) : g.keep[edge][kStage[slot / 2].op];
}

inline StageRoom take_stage_room(const Geometry& g, const Wants& wants, Arena& arena) {
  StageRoom r;
  const int64_t sums = g.c > kMaxTaps ? g.c : kMaxTaps;
  r.dz = arena.take<float>(g.c * g.w * V);
  r.depthwise = arena.take<float>(wants.weights ? g.c * g.w * V : 0);
  r.du = arena.take<float>(g.c * g.h * (g.w + 2 * kPad) * V);
  r.middle = arena.take<float>(wants.weights ? middle_floats(g) : 0);
  r.sums = arena.take<float>(wants.weights ? g.c * sums * V : 0);
  return r;
}

inline StageScratch take_stage_scratch(const Geometry& g, const Wants& wants, Arena& arena) {
  StageScratch s;
  for (int target = 2; target < kNodes; ++target)
    for (int source = 0; source < target; ++source) {
      const int e = edge_of(target, source);
      for (int t = 0; t < kStages; ++t)
        s.packed[e][t] = arena.take<float>(g.keep[e][kStage[t].op] ? g.c * kStage[t].taps() : 0);
      for (int slot = 0; slot < kWeightsOfEdge; ++slot)
        s.partial[e][slot] = arena.take<float>(
            wants.weights && weight_kept(g, target, source, slot) ? g.units * weight_floats(g, slot) : 0);
    }
  s.padded = arena.take<float>(wants.weights ? padded_floats(g) : 0);
  s.normalisation = arena.take<float>(kEdges * kRows * g.c * 3);
  return s;
}

// sum of gradient * (z - mean) over a plane of pixels and the lanes with an image; without z, of the gradient.
inline double dot_lanes(const float* gradient, const float* z, float mean, int64_t pixels, int lanes) {
  const vec centre = broadcast(mean);
  vec sum[4] = {};
  const auto add = [&](vec& to, int64_t q) { to += z ? load(gradient + q) * (load(z + q) - centre) : load(gradient + q); };
  int64_t p = 0;
  for (; p + 4 <= pixels; p += 4)
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) add(sum[i], (p + i) * V);
  for (; p < pixels; ++p) add(sum[0], p * V);
  float out[V];
  store(out, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  return sum_lanes(out, lanes);
}

// The gradient of `channels` outputs before normalisation, a row: factor*gradient + slope*z + offset.
inline void normalisation_gradient(const Geometry& g, const float* normalisation, int64_t channels,
                                   const float* gradient, const float* z, float* dz) {
  for (int64_t o = 0; o < channels; ++o) {
    const vec factor = broadcast(normalisation[3 * o]), slope = broadcast(normalisation[3 * o + 1]),
              offset = broadcast(normalisation[3 * o + 2]);
    const float *from = gradient + o * g.plane(), *value = z + o * g.plane();
    float* const to = dz + o * g.w * V;
    for (int64_t q = 0; q < g.w * V; q += V) store(to + q, factor * load(from + q) + slope * load(value + q) + offset);
  }
}

inline void fold_lanes(const float* sums, int64_t count, int lanes, float* to) {
  for (int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(sum_lanes(sums + i * V, lanes));
}

// Weight gradient of the depthwise convolution: [taps][c].
inline void depthwise_gradient(const Geometry& g, const Depthwise& depthwise, const Padded& in, const Padded& du,
                               float* sums, int lanes, float* to) {
  const Stage& stage = depthwise.stage;
  const int64_t taps = stage.taps(), stride = depthwise.stride, pad = stage.pad();
  for (int64_t ch = 0; ch < g.c; ++ch) {
    fill(sums, 0, taps * V);
    for (int64_t y = 0; y < g.h;) {
      int first, last, next_first, next_last;
      depthwise.inside(y * stride - pad, first, last);
      int64_t end = y + 1;  // rows that use the same taps
      for (; end < g.h; ++end) {
        depthwise.inside(end * stride - pad, next_first, next_last);
        if (next_first != first || next_last != last) break;
      }
      filter_rows(du.at + ch * du.plane + y * du.row, du.row, in.at + ch * in.plane + (y * stride - pad) * in.row,
                  stride * in.row, depthwise.offset + first * stage.size, (last - first) * stage.size, stride * V,
                  end - y, g.w, sums + first * stage.size * V);
      y = end;
    }
    for (int64_t t = 0; t < taps; ++t) to[t * g.c + ch] = static_cast<float>(sum_lanes(sums + t * V, lanes));
  }
}

// Gradient of a stage's depthwise output, padded, from `upstream` [c][n][V] of its normalised output; and its weights'.
inline Padded stage_gradient(const StageContext& s, const StageRoom& room, int edge, int t, int64_t unit,
                             const float* upstream, const Padded& in, int64_t in_rows, int64_t stride) {
  const Geometry& g = s.g;
  const Stage& stage = kStage[t];
  const int64_t row = g.w * V, du_row = (g.w + 2 * kPad) * V;
  const Padded du{room.du + kPad * V, du_row, g.h * du_row};
  const float* const w = s.weights[edge * kWeightsOfEdge + 2 * t + 1];
  const float* const taps = s.scratch.packed[edge][t];
  const float* const normalisation = s.scratch.normalisation + (edge * kRows + stage.row) * g.c * 3;
  const float* const z = s.saved.z[edge][t] + unit * g.block();
  const Depthwise depthwise(stage, stride, in_rows, in.row);
  clear_sides(du, g.c, g.h, g.w, stage.pad());
  if (s.wants.weights) fill(room.sums, 0, g.c * g.c * V);
  for (int64_t y = 0; y < g.h; ++y) {
    normalisation_gradient(g, normalisation, g.c, upstream + y * row, z + y * row, room.dz);
    pointwise_row(room.dz, row, g.c, w, 1, g.c, g.c, g.w,
                  [&](int64_t i, int64_t x, vec v) { store(du.at + i * du.plane + y * du.row + x * V, v); });
    if (!s.wants.weights) continue;
    for (int64_t ch = 0; ch < g.c; ++ch) {
      float* const to = room.depthwise + ch * row;
      depthwise.forward(in.at + ch * in.plane, taps + ch * stage.taps(), y, g.w,
                        [&](int64_t x, vec v) { store(to + x * V, v); });
    }
    products(room.depthwise, g.c, room.dz, g.c, row, g.w, room.sums);
  }
  if (s.wants.weights) {
    const auto partial = [&](int slot) { return s.scratch.partial[edge][slot] + unit * weight_floats(g, slot); };
    fold_lanes(room.sums, g.c * g.c, g.lanes(unit), partial(2 * t + 1));
    depthwise_gradient(g, depthwise, in, du, room.sums, g.lanes(unit), partial(2 * t));
  }
  return du;
}

// Through the factorised reduction; adds to dx [c][H][W][V] of the source, where it is wanted.
inline void reduce_gradient(const StageContext& s, const StageRoom& room, int edge, int64_t unit, const float* upstream,
                            const Padded& in, float* dx) {
  const Geometry& g = s.g;
  const int64_t row = g.w * V;
  const float* const normalisation = s.scratch.normalisation + (edge * kRows + kRowReduce) * g.c * 3;
  const float* const z = s.saved.reduced[edge] + unit * g.block();
  for (int grid = 0; grid < 2; ++grid) {
    const int slot = kReduceWeight + grid;
    const int64_t from = grid ? g.half : 0, outputs = grid ? g.c - g.half : g.half;
    if (s.wants.weights) fill(room.sums, 0, g.c * outputs * V);
    for (int64_t y = 0; y < g.h; ++y) {
      const int64_t at = from * g.plane() + y * row;
      normalisation_gradient(g, normalisation + 3 * from, outputs, upstream + at, z + at, room.dz);
      if (dx)
        pointwise_row(room.dz, row, outputs, s.weights[edge * kWeightsOfEdge + slot], 1, outputs, g.c, g.w,
                      [&](int64_t i, int64_t x, vec v) {
                        float* const to = dx + (i * g.H * g.W + (2 * y + grid) * g.W + 2 * x + grid) * V;
                        store(to, load(to) + v);
                      });
      if (!s.wants.weights) continue;
      take_grid(g, in, y, grid, room.depthwise);
      products(room.depthwise, g.c, room.dz, outputs, row, g.w, room.sums);
    }
    if (s.wants.weights)
      fold_lanes(room.sums, g.c * outputs, g.lanes(unit), s.scratch.partial[edge][slot] + unit * weight_floats(g, slot));
  }
}

// Weight gradients from the units', in their order.
inline void sum_weight_gradients(const Geometry& g, const StageScratch& s, float* const* dweights) {
  parallel_for(kEdges * kWeightsOfEdge, [&](int64_t i) {
    if (!dweights[i]) return;
    const int slot = static_cast<int>(i % kWeightsOfEdge);
    const float* const partial = s.partial[i / kWeightsOfEdge][slot];
    const int64_t size = weight_floats(g, slot);
    for (int64_t q = 0; q < size; ++q) {
      double sum = 0;
      for (int64_t unit = 0; unit < g.units; ++unit) sum += static_cast<double>(partial[unit * size + q]);
      dweights[i][q] = static_cast<float>(sum);
    }
  });
}

}  // namespace darts
}  // namespace drnas
