// Forward pass of the fused DARTS search cell, and the sizes of the memory that both passes ask for.
//
// Source by source: its pools and the first stages of all operations that leave it, their batch statistics, the second
// stages of the separable convolutions, theirs; then the next node is one weighted sum, because a normalised output
// times its mixing weight is a scale and a bias a channel. A source's pools have no weights and serve all its edges.
#include "darts_node.h"
#include "darts_pool.h"
#include "darts_statistics.h"

namespace drnas {
namespace darts {
namespace {

using namespace forward;

// The inputs' active channels to our layout; of the others the sum, halved first in a reduction cell.
void read_inputs(const Forward& f) {
  const Geometry& g = f.g;
  const int64_t high = g.reduction ? 2 : 1, row = g.W * V;
  Slots slots(f.scratch.slots, room_bytes(g));
  parallel_for(g.units * g.h, [&](int64_t task) {
    const int64_t unit = task / g.h, y = task % g.h;
    char* const slot = slots.take();
    Arena arena{slot, 0};
    const Room room = take_room(g, arena);
    float* const rest = f.scratch.rest[0] + unit * g.rest * g.plane() + y * g.w * V;
    for (int j = 0; j < kInputs; ++j) {
      for (int64_t r = 0; r < high; ++r) {
        float* const to = room.rows + r * g.C * row;
        gather_row(f.s[j] + ((unit * V * g.H + y * high + r) * g.W) * g.C, g.H * g.W * g.C, g.lanes(unit), g.C, g.C, g.W,
                   to, row, room.chunk);
        for (int64_t ch = 0; ch < g.c; ++ch)
          copy(f.saved.node[j] + unit * g.block(j) + ch * g.plane(j) + (y * high + r) * row, to + ch * row, row);
      }
      for (int64_t ch = 0; ch < g.rest; ++ch) {
        const float* const above = room.rows + (g.c + ch) * row;
        const float* const below = above + g.C * row;
        float* const sum = rest + ch * g.plane();
        float* const choices = g.reduction ? f.saved.choice[j] + (unit * g.rest + ch) * g.plane() + y * g.w * V : nullptr;
        for (int64_t x = 0; x < g.w; ++x) {
          vec choice, v = g.reduction ? max_of_four(above + 2 * x * V, below + 2 * x * V, &choice) : load(above + x * V);
          if (g.reduction) store(choices + x * V, choice);
          store(sum + x * V, j == 0 ? v : load(sum + x * V) + v);
        }
      }
    }
    slots.give(slot);
  });
}

void pool_source(const Forward& f, int j, int which, int64_t unit) {
  const Geometry& g = f.g;
  const Pool pool{g.rows(j), g.columns(j), g.stride(j), g.h, g.w};
  float* const record = f.records(edge_of(first_target(j), j), which) + unit * f.record_unit();
  for (int64_t ch = 0; ch < g.c; ++ch) {
    const float* in = f.saved.node[j] + unit * g.block(j) + ch * g.plane(j);
    float* out = f.saved.pool[j][which] + unit * g.block() + ch * g.plane();
    which == kMax ? max_pool(pool, in, out) : average_pool(pool, in, out);
    if (f.training) record_values(out, g.n(), true, record + ch * kRecord);
  }
}

// One stage of one unit: z = pointwise(depthwise(in)), row by row, and its record.
void run_stage(const Forward& f, const Room& room, int edge, int t, int64_t unit, const Padded& in, int64_t rows,
               int64_t stride) {
  const Geometry& g = f.g;
  const Depthwise depthwise(kStage[t], stride, rows, in.row);
  const float* const taps = f.scratch.packed[edge][t];
  const float* const w = f.weights[edge * kWeightsOfEdge + 2 * t + 1];
  float* const z = f.saved.z[edge][t] + unit * g.block();
  float* const record = f.records(edge, kStage[t].row) + unit * f.record_unit();
  const int64_t row = g.w * V;
  for (int64_t y = 0; y < g.h; ++y) {
    for (int64_t ch = 0; ch < g.c; ++ch) {
      float* const to = room.depthwise + ch * row;
      depthwise.forward(in.at + ch * in.plane, taps + ch * kStage[t].taps(), y, g.w,
                        [&](int64_t x, vec v) { store(to + x * V, v); });
    }
    pointwise_row(room.depthwise, row, g.c, w, g.c, 1, g.c, g.w,
                  [&](int64_t o, int64_t x, vec v) { store(room.mixed + o * row + x * V, v); });
    for (int64_t o = 0; o < g.c; ++o) {
      const float* const from = room.mixed + o * row;
      float* const to = z + o * g.plane() + y * row;
      for (int64_t q = 0; q < row; q += V) stream(to + q, load(from + q));
      if (f.training) record_values(from, g.w, y == 0, record + o * kRecord);
    }
  }
  stream_done();
}

// The factorised reduction: two strided 1x1 convolutions, the second a pixel further down and right.
void run_reduce(const Forward& f, const Room& room, int edge, int64_t unit, const Padded& in) {
  const Geometry& g = f.g;
  float* const z = f.saved.reduced[edge] + unit * g.block();
  float* const record = f.records(edge, kRowReduce) + unit * f.record_unit();
  const int64_t row = g.w * V;
  for (int64_t y = 0; y < g.h; ++y) {
    for (int grid = 0; grid < 2; ++grid) {
      const int64_t from = grid ? g.half : 0, outputs = grid ? g.c - g.half : g.half;
      take_grid(g, in, y, grid, room.depthwise);
      float* const out = z + from * g.plane() + y * row;
      pointwise_row(room.depthwise, row, g.c, f.weights[edge * kWeightsOfEdge + kReduceWeight + grid], outputs, 1,
                    outputs, g.w, [&](int64_t o, int64_t x, vec v) { store(out + o * g.plane() + x * V, v); });
    }
    if (!f.training) continue;
    for (int64_t o = 0; o < g.c; ++o)
      record_values(z + o * g.plane() + y * row, g.w, y == 0, record + o * kRecord);
  }
}

void run_second(const Forward& f, const Room& room, int edge, int t, int64_t unit) {
  run_stage(f, room, edge, t, unit, rectify_middle(f.g, f.saved, edge, t, unit, room.middle), f.g.h, 1);
}

// A piece of work on one unit: a stage, the reduction (kStages) or a pool (kStages + 1 + which) of an edge.
struct Work {
  int edge, what;
};

void run_work(const Forward& f, int j, const Work* work, int64_t count) {
  const Geometry& g = f.g;
  Slots slots(f.scratch.slots, room_bytes(g));
  parallel_for(g.units * count, [&](int64_t task) {
    const Work& item = work[task / g.units];
    const int64_t unit = task % g.units;
    char* const slot = slots.take();
    Arena arena{slot, 0};
    const Room room = take_room(g, arena);
    const Padded source = padded_source(g, j, f.scratch.padded, unit);
    if (item.what > kStages) pool_source(f, j, item.what - kStages - 1, unit);
    else if (item.what == kStages) run_reduce(f, room, item.edge, unit, source);
    else if (kStage[item.what].second) run_second(f, room, item.edge, item.what, unit);
    else run_stage(f, room, item.edge, item.what, unit, source, g.rows(j), g.stride(j));
    slots.give(slot);
  });
}

void set_statistics(const Forward& f, int64_t at, double mean, double variance) {
  f.saved.mean[at] = mean;
  f.saved.inverse[at] = 1 / __builtin_sqrt(variance + f.epsilon);
  f.mean[at] = static_cast<float>(mean);
  f.variance[at] = static_cast<float>(variance);
}

// Statistics of what `work` computed. Those of a source's pools go to all edges that take them.
void combine(const Forward& f, int j, const Work* work, int64_t count) {
  const Geometry& g = f.g;
  if (!f.training) return;
  parallel_for(count * g.c, [&](int64_t task) {
    const Work& item = work[task / g.c];
    const int64_t ch = task % g.c;
    const int row = item.what > kStages ? item.what - kStages - 1 : item.what == kStages ? kRowReduce : kStage[item.what].row;
    double mean, variance;
    combine_records(g, f.records(item.edge, row) + ch * kRecord, f.record_unit(), &mean, &variance);
    if (row > kRowAvg) return set_statistics(f, (item.edge * kRows + row) * g.c + ch, mean, variance);
    for (int target = first_target(j); target < kNodes; ++target) {
      const int edge = edge_of(target, j);
      if (g.keep[edge][row]) set_statistics(f, (edge * kRows + row) * g.c + ch, mean, variance);
    }
  });
}

void leave_source(const Forward& f, int j) {
  const Geometry& g = f.g;
  pad_source(g, f.saved.node[j], j, f.scratch.padded);
  Work work[kEdges * kOps];
  int64_t count = 0;
  for (int target = first_target(j); target < kNodes; ++target) {
    const int edge = edge_of(target, j);
    for (int t = kStages - 1; t >= 0; --t)  // the longest first
      if (!kStage[t].second && g.keep[edge][kStage[t].op]) work[count++] = {edge, t};
    if (g.reduces(edge, j)) work[count++] = {edge, kStages};
  }
  for (int which = 0; which < 2; ++which)
    if (g.pools(j, which)) work[count++] = {edge_of(first_target(j), j), kStages + 1 + which};
  run_work(f, j, work, count);
  combine(f, j, work, count);
  count = 0;
  for (int target = first_target(j); target < kNodes; ++target)
    for (int t = kStages - 1; t >= 0; --t)
      if (kStage[t].second && g.keep[edge_of(target, j)][kStage[t].op]) work[count++] = {edge_of(target, j), t};
  run_work(f, j, work, count);
  combine(f, j, work, count);
}

void run(const Forward& f) {
  const Geometry& g = f.g;
  for (int e = 0; e < kEdges; ++e)
    for (int t = 0; t < kStages; ++t)
      if (g.keep[e][kStage[t].op])
        pack_depthwise(f.weights[e * kWeightsOfEdge + 2 * t], kStage[t].taps(), g.c, f.scratch.packed[e][t]);
  for (int64_t i = 0; i < kEdges * kRows * g.c; ++i) {
    if (f.training) f.mean[i] = 0, f.variance[i] = 1;  // of rows not in use; the others are overwritten
    f.saved.mean[i] = static_cast<double>(f.mean[i]);
    f.saved.inverse[i] = 1 / __builtin_sqrt(static_cast<double>(f.variance[i]) + f.epsilon);
  }
  read_inputs(f);
  leave_source(f, 0);
  for (int target = 2; target < kNodes; ++target) {
    leave_source(f, target - 1);
    finish_node(f, target);
  }
}

}  // namespace

int64_t forward_scratch_bytes(const Geometry& g) {
  Arena arena{nullptr, 0};
  take_scratch(g, arena);
  return arena.used;
}

}  // namespace darts
}  // namespace drnas

// args: the geometry (B, H, W, C, k, reduction, channels of the factorised reduction's first convolution, mask[98]),
// needs (0 alpha, 1 weights, 2 all), whether each input's gradient is wanted [2].
// Written back: [0] bytes of `saved`, [1] and [2] bytes of scratch for forward and backward.
DRNAS_KERNEL(DartsCellPlan) {
  using namespace drnas;
  using namespace drnas::darts;
  const Geometry g = make_geometry(args);
  const double* const rest = args + kGeometryArgs;
  const Wants wants = make_wants(rest);
  Arena arena{nullptr, 0};
  take_saved(g, arena);
  args[0] = static_cast<double>(arena.used);
  args[1] = static_cast<double>(forward_scratch_bytes(g));
  args[2] = static_cast<double>(backward_scratch_bytes(g, wants));
}

// args: s0, s1, theta, mean, variance, y, saved, scratch, epsilon, training, weights[14][14], the geometry.
// training: mean and variance are written; otherwise they are read and `saved` is only working memory.
DRNAS_KERNEL(DartsCell) {
  using namespace drnas;
  using namespace drnas::darts;
  constexpr int kWeightsAt = 10, kGeometryAt = kWeightsAt + kEdges * kWeightsOfEdge;
  Forward f;
  f.g = make_geometry(args + kGeometryAt);
  for (int j = 0; j < kInputs; ++j) f.s[j] = pointer<const float>(args[j]);
  f.theta = pointer<const float>(args[2]);
  f.mean = pointer<float>(args[3]);
  f.variance = pointer<float>(args[4]);
  f.y = pointer<float>(args[5]);
  f.epsilon = args[8];
  f.training = args[9] != 0;
  for (int i = 0; i < kEdges * kWeightsOfEdge; ++i) f.weights[i] = pointer<const float>(args[kWeightsAt + i]);
  Arena saved{pointer<char>(args[6]), 0}, scratch{pointer<char>(args[7]), 0};
  f.saved = take_saved(f.g, saved);
  f.scratch = take_scratch(f.g, scratch);
  run(f);
}
