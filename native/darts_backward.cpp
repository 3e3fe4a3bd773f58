// Backward pass of the fused DARTS search cell.
//
// Sources are taken from the last to the first, when the gradients g of all their targets are there. For each
// operation S1 = sum g and S2 = sum g*zhat give the gradient of its normalisation, theta/sigma (g - S1/N - zhat S2/N),
// which is factor*g + slope*z + offset per channel; S2 over all channels is the gradient of its mixing weight. Second
// stages come first, for their sums over the batch; then everything that leaves the source meets in one gradient.
#include "darts_pool.h"
#include "darts_sums.h"

namespace drnas {
namespace darts {
namespace {

using namespace backward;

// The whole gradient of node i, its shuffle undone: active channels to gradient[i], the others added to the bypass.
void node_gradient(const Backward& b, int i) {
  const Geometry& g = b.g;
  const bool last = i == kNodes - 1;
  const float* const before = b.scratch.rest[i % 2];
  float* const after = b.scratch.rest[1 - i % 2];
  each_task(b, g.h, [&](const Room& room, int64_t unit, int64_t y) {
    const int64_t row = g.w * V, at = unit * g.block() + y * row, passed = unit * g.rest * g.plane() + y * row;
    gather_row(b.dy + (unit * V * g.n() + y * g.w) * 4 * g.C + (i - 2) * g.C, g.n() * 4 * g.C, g.lanes(unit), 4 * g.C,
               g.C, g.w, room.rows, row, room.chunk);
    if (!last)
      for (int64_t ch = 0; ch < g.C; ++ch) {
        const float* const more = ch < g.c ? b.scratch.dx + at + ch * g.plane() : before + passed + (ch - g.c) * g.plane();
        float* const to = room.rows + ch * row;
        for (int64_t q = 0; q < row; q += V) store(to + q, load(to + q) + load(more + q));
      }
    for (int64_t in = 0; in < g.C; ++in) {
      const float* const from = room.rows + (in % g.c * g.k + in / g.c) * row;
      if (in < g.c) {
        copy(b.scratch.gradient[i] + at + in * g.plane(), from, row);
        continue;
      }
      const int64_t to = passed + (in - g.c) * g.plane();
      for (int64_t q = 0; q < row; q += V) store(after + to + q, last ? load(from + q) : load(before + to + q) + load(from + q));
    }
  });
}

constexpr int kSeparable[2] = {1, 3};  // second stages

// Through the second stages of the separable convolutions to the normalised outputs of the first.
void second_stages(const Backward& b, int j) {
  const Geometry& g = b.g;
  const int first = first_target(j), edges = kNodes - first;
  each_task(b, 2 * edges, [&](const Room& room, int64_t unit, int64_t task) {
    const int sep = task < edges, target = first + static_cast<int>(task % edges), edge = edge_of(target, j);
    const int t = kSeparable[sep];
    if (!g.keep[edge][kStage[t].op]) return;
    const StageContext context = b.context();
    const Padded in = b.wants.weights ? rectify_middle(g, b.saved, edge, t, unit, room.stage.middle) : Padded{};
    const Padded du = stage_gradient(context, room.stage, edge, t, unit, b.gradient(target, unit), in, g.h, 1);
    const DepthwiseTranspose transpose{kStage[t], 1, g.h, du.row};
    const float* const taps = b.scratch.stage.packed[edge][t];
    float* const out = b.scratch.middle[target][sep] + unit * g.block();
    for (int64_t ch = 0; ch < g.c; ++ch) {
      const float* const z = b.saved.z[edge][t - 1] + unit * g.block() + ch * g.plane();
      float* const to = out + ch * g.plane();
      float scale_bias[2];
      middle_scale(g, b.saved, edge, t, ch, scale_bias);
      const vec scale = broadcast(scale_bias[0]), bias = broadcast(scale_bias[1]);
      for (int64_t y = 0; y < g.h; ++y)
        transpose.backward(du.at + ch * du.plane, taps + ch * kStage[t].taps(), y, g.w, [&](int64_t x, vec v) {
          const int64_t at = (y * g.w + x) * V;
          store(to + at, where_positive(load(z + at) * scale + bias, v));
        });
      const float mean = static_cast<float>(b.saved.mean[(edge * kRows + kStage[t - 1].row) * g.c + ch]);
      b.middle_dots(edge, sep, 0)[unit * g.c + ch] = dot_lanes(to, nullptr, 0, g.n(), g.lanes(unit));
      b.middle_dots(edge, sep, 1)[unit * g.c + ch] = dot_lanes(to, z, mean, g.n(), g.lanes(unit));
    }
  });
  parallel_for(2 * edges, [&](int64_t task) {
    const int sep = static_cast<int>(task % 2), edge = edge_of(first + static_cast<int>(task / 2), j);
    const Stage& stage = kStage[kSeparable[sep] - 1];
    if (g.keep[edge][stage.op])
      set_normalisation(b, edge, stage.row, 1, b.middle_dots(edge, sep, 0), b.middle_dots(edge, sep, 1));
  });
}

// Through all first stages, and the reductions, to relu of source j.
void first_stages(const Backward& b, int j) {
  const Geometry& g = b.g;
  each_task(b, 1, [&](const Room& room, int64_t unit, int64_t) {
    const StageContext context = b.context();
    const Padded in = b.wants.weights ? padded_source(g, j, b.scratch.stage.padded, unit) : Padded{};
    float* const dx = b.scratch.dx + unit * g.block(j);
    fill(dx, 0, g.block(j));
    for (int target = first_target(j); target < kNodes; ++target) {
      const int edge = edge_of(target, j);
      for (int t = 0; t < kStages; ++t) {
        if (kStage[t].second || !g.keep[edge][kStage[t].op]) continue;
        const bool separable = t < 4;
        const float* const upstream =
            separable ? b.scratch.middle[target][t / 2] + unit * g.block() : b.gradient(target, unit);
        const Padded du = stage_gradient(context, room.stage, edge, t, unit, upstream, in, g.rows(j), g.stride(j));
        if (!b.wants_source(j)) continue;
        const DepthwiseTranspose transpose{kStage[t], g.stride(j), g.h, du.row};
        const float* const taps = b.scratch.stage.packed[edge][t];
        for (int64_t ch = 0; ch < g.c; ++ch)
          for (int64_t y = 0; y < g.rows(j); ++y) {
            float* const to = dx + ch * g.plane(j) + y * g.columns(j) * V;
            transpose.backward(du.at + ch * du.plane, taps + ch * kStage[t].taps(), y, g.columns(j),
                               [&](int64_t x, vec v) { store(to + x * V, load(to + x * V) + v); });
          }
      }
      if (g.reduces(edge, j))
        reduce_gradient(context, room.stage, edge, unit, b.gradient(target, unit), in, b.wants_source(j) ? dx : nullptr);
    }
  });
}

// What reaches source j besides: the relu's gate, identities, pools.
void finish_source(const Backward& b, int j) {
  const Geometry& g = b.g;
  const Pool pool{g.rows(j), g.columns(j), g.stride(j), g.h, g.w};
  each_task(b, g.c, [&](const Room& room, int64_t unit, int64_t ch) {
    const float* const x = b.saved.node[j] + unit * g.block(j) + ch * g.plane(j);
    float* const dx = b.scratch.dx + unit * g.block(j) + ch * g.plane(j);
    for (int64_t q = 0; q < g.plane(j); q += V) store(dx + q, where_positive(load(x + q), load(dx + q)));
    for (int target = first_target(j); target < kNodes; ++target) {
      const int edge = edge_of(target, j);
      if (!g.identity(edge, j)) continue;
      const float* const from = b.gradient(target, unit) + ch * g.plane();
      const vec theta = broadcast(b.theta[edge * kOps + kSkip]);
      for (int64_t q = 0; q < g.plane(); q += V) store(dx + q, load(dx + q) + theta * load(from + q));
    }
    for (int which = 0; which < 2; ++which) {
      if (!g.pools(j, which)) continue;
      const float* const z = b.saved.pool[j][which] + unit * g.block() + ch * g.plane();
      float* const to = room.pools[which];
      bool begun = false;
      for (int target = first_target(j); target < kNodes; ++target) {
        const int edge = edge_of(target, j);
        if (!g.keep[edge][which]) continue;
        const float* const from = b.gradient(target, unit) + ch * g.plane();
        const float* const n = b.scratch.stage.normalisation + ((edge * kRows + which) * g.c + ch) * 3;
        const vec factor = broadcast(n[0]), slope = broadcast(n[1]), offset = broadcast(n[2]);
        for (int64_t q = 0; q < g.plane(); q += V) {
          const vec v = factor * load(from + q) + slope * load(z + q) + offset;
          store(to + q, begun ? load(to + q) + v : v);
        }
        begun = true;
      }
      if (which == kMax) max_pool_transpose(pool, x, z, to, dx);
      else average_pool_transpose(pool, to, dx);
    }
  });
}

// The gradient of input j in NHWC: its active channels, and the bypass through the 2x2 maximum where there was one.
void write_input(const Backward& b, int j) {
  const Geometry& g = b.g;
  const float* const passed = b.scratch.rest[1];  // after node 2
  const int64_t high = g.reduction ? 2 : 1, row = g.W * V;
  each_task(b, g.h, [&](const Room& room, int64_t unit, int64_t y) {
    if (g.reduction)
      for (int64_t ch = 0; ch < g.rest; ++ch) {
        const int64_t at = (unit * g.rest + ch) * g.plane() + y * g.w * V;
        float* const to = room.rows + (g.c + ch) * row;
        for (int64_t x = 0; x < g.w; ++x)
          for (int i = 0; i < 4; ++i)
            store(to + i / 2 * g.C * row + (2 * x + i % 2) * V,
                  load(b.saved.choice[j] + at + x * V) == broadcast(static_cast<float>(i)) ? load(passed + at + x * V) : vec{});
      }
    for (int64_t r = 0; r < high; ++r) {
      const int64_t in_row = y * high + r;
      for (int64_t ch = 0; ch < g.C; ++ch)
        room.pointers[ch] = ch < g.c ? b.scratch.dx + unit * g.block(j) + ch * g.plane(j) + in_row * row
                            : g.reduction ? room.rows + (r * g.C + ch) * row
                                          : passed + (unit * g.rest + ch - g.c) * g.plane() + y * row;
      scatter_row(room.pointers, g.C, g.W, b.ds[j] + (unit * V * g.H + in_row) * g.W * g.C, g.H * g.W * g.C,
                  g.lanes(unit), g.C, room.chunk);
    }
  });
}

void run(const Backward& b) {
  const Geometry& g = b.g;
  for (int e = 0; e < kEdges; ++e)
    for (int t = 0; t < kStages; ++t)
      if (g.keep[e][kStage[t].op])
        pack_depthwise(b.weights[e * kWeightsOfEdge + 2 * t], kStage[t].taps(), g.c, b.scratch.stage.packed[e][t]);
  node_gradient(b, kNodes - 1);
  for (int j = kSources - 1; j >= 0; --j) {
    edge_dots(b, j);
    combine_edges(b, j);
    if (!b.wants_source(j) && !b.wants.weights) continue;
    if (b.wants.weights) pad_source(g, b.saved.node[j], j, b.scratch.stage.padded);
    second_stages(b, j);
    first_stages(b, j);
    if (!b.wants_source(j)) continue;
    finish_source(b, j);
    if (j >= kInputs) node_gradient(b, j);
    else write_input(b, j);
  }
  if (b.wants.weights) sum_weight_gradients(g, b.scratch.stage, b.dweights);
}

}  // namespace

int64_t backward_scratch_bytes(const Geometry& g, const Wants& wants) {
  Arena arena{nullptr, 0};
  take_scratch(g, wants, arena);
  return arena.used;
}

}  // namespace darts
}  // namespace drnas

// args: dy, theta, saved, scratch, ds0, ds1, dtheta, weights[14][14], dweights[14][14], the geometry, needs (0 alpha,
// 1 weights, 2 all), whether each input's gradient is wanted [2]. What is not wanted may be 0.
DRNAS_KERNEL(DartsCellGrad) {
  using namespace drnas;
  using namespace drnas::darts;
  constexpr int kWeightsAt = 7, kCount = kEdges * kWeightsOfEdge, kGeometryAt = kWeightsAt + 2 * kCount;
  Backward b;
  b.g = make_geometry(args + kGeometryAt);
  b.wants = make_wants(args + kGeometryAt + kGeometryArgs);
  b.dy = pointer<const float>(args[0]);
  b.theta = pointer<const float>(args[1]);
  for (int j = 0; j < kInputs; ++j) b.ds[j] = pointer<float>(args[4 + j]);
  b.dtheta = pointer<float>(args[6]);
  for (int i = 0; i < kCount; ++i) {
    b.weights[i] = pointer<const float>(args[kWeightsAt + i]);
    b.dweights[i] = pointer<float>(args[kWeightsAt + kCount + i]);
  }
  Arena saved{pointer<char>(args[2]), 0}, scratch{pointer<char>(args[3]), 0};
  b.saved = take_saved(b.g, saved);
  b.scratch = take_scratch(b.g, b.wants, scratch);
  run(b);
}
