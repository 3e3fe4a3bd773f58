// Memory of the DARTS cell's backward pass: its arguments, what all threads share, and the room of a running task.
#pragma once
#include "darts_stage_gradient.h"

namespace drnas {
namespace darts {
namespace backward {

constexpr int kDots = kOps + 1;  // S2 of each operation, S1

struct Scratch {
  float* gradient[kNodes];  // of nodes 2..5 before shuffle, active channels
  float* rest[2];           // gradient of the bypass summed over targets so far: before and after a node
  float* dx;                // of a source's active channels
  float* middle[kNodes][2];  // by target: gradient of both separable convolutions' first outputs
  double* dots;             // [edge][kDots][unit][c]
  double* middle_dots;      // [edge][2][S1, S2][unit][c]
  StageScratch stage;
  char* slots;
};

struct Room {
  StageRoom stage;
  float* chunk;  // of pixels on their way from or to NHWC
  float* rows;  // [1 or 2][C][W][V]
  const float** pointers;
  float* pools[2];  // gradient of a pool's plane
};

inline Room take_room(const Geometry& g, const Wants& wants, Arena& arena) {
  Room r;
  r.stage = take_stage_room(g, wants, arena);
  r.rows = arena.take<float>((g.reduction ? 2 : 1) * g.C * g.W * V);
  r.chunk = arena.take<float>(chunk_floats(g.C));
  r.pointers = arena.take<const float*>(g.C);
  for (float*& pool : r.pools) pool = arena.take<float>(g.plane());
  return r;
}

inline int64_t room_bytes(const Geometry& g, const Wants& wants) {
  Arena arena{nullptr, 0};
  take_room(g, wants, arena);
  return arena.used;
}

inline Scratch take_scratch(const Geometry& g, const Wants& wants, Arena& arena) {
  Scratch s;
  const int64_t tensor = g.units * g.block();
  for (int i = 2; i < kNodes; ++i) {
    s.gradient[i] = arena.take<float>(tensor);
    for (float*& middle : s.middle[i]) middle = arena.take<float>(tensor);
  }
  for (float*& rest : s.rest) rest = arena.take<float>(g.units * g.rest * g.plane());
  s.dx = arena.take<float>(g.units * g.c * (g.plane(0) > g.plane() ? g.plane(0) : g.plane()));
  s.dots = arena.take<double>(kEdges * kDots * g.units * g.c);
  s.middle_dots = arena.take<double>(kEdges * 4 * g.units * g.c);
  s.stage = take_stage_scratch(g, wants, arena);
  s.slots = arena.take<char>(Slots::bytes(room_bytes(g, wants)));
  return s;
}

struct Backward {
  Geometry g;
  Wants wants;
  const float* dy;
  const float* theta;
  const float* weights[kEdges * kWeightsOfEdge];
  float* ds[kInputs];
  float* dtheta;
  float* dweights[kEdges * kWeightsOfEdge];
  Saved saved;
  Scratch scratch;

  bool wants_source(int j) const { return j >= kInputs || wants.input[j]; }
  double* dots(int edge, int which) const { return scratch.dots + (edge * kDots + which) * g.units * g.c; }
  double* middle_dots(int edge, int sep, int which) const {
    return scratch.middle_dots + ((edge * 2 + sep) * 2 + which) * g.units * g.c;
  }
  const float* gradient(int target, int64_t unit) const { return scratch.gradient[target] + unit * g.block(); }
  StageContext context() const { return {g, wants, saved, scratch.stage, weights}; }
};

// Runs body(room, unit, rest of the task's number) for units * count tasks.
template <class Body>
void each_task(const Backward& b, int64_t count, const Body& body) {
  Slots slots(b.scratch.slots, room_bytes(b.g, b.wants));
  parallel_for(b.g.units * count, [&](int64_t task) {
    char* const slot = slots.take();
    Arena arena{slot, 0};
    const Room room = take_room(b.g, b.wants, arena);
    body(room, task % b.g.units, task / b.g.units);
    slots.give(slot);
  });
}

}  // namespace backward
}  // namespace darts
}  // namespace drnas
