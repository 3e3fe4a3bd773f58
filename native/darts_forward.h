// Memory of the DARTS cell's forward pass: its arguments, what all threads share, and the room of a running task.
#pragma once
#include "darts_passes.h"
#include "darts_statistics.h"

namespace drnas {
namespace darts {
namespace forward {

constexpr int kMostTerms = kSources * kOps;

struct Room {
  float* depthwise;  // [c][w][V], a row
  float* middle;     // relu of a first stage's normalised output, padded
  float* chunk;  // of pixels on their way from or to NHWC
  float* rows;       // [1 or 2][C][W][V], gathered
  float* mixed;      // [c][w][V], a row of outputs
  const float** pointers;  // [C]
};

struct Scratch {
  float* padded;        // relu of a source
  float* rest[2];       // sum of what has passed by: before and after a node
  float* records;       // [edge][row][unit][c][3][V]; row 0 and 1 of a source's first edge hold its pools
  float* packed[kEdges][kStages];  // depthwise weights
  float* scale;         // [term][c] of a node
  float* bias;          // [c]
  const float** terms;  // [term]
  char* slots;
};

struct Forward {
  Geometry g;
  const float* s[kInputs];
  const float* theta;
  float *mean, *variance, *y;
  double epsilon;
  bool training;
  const float* weights[kEdges * kWeightsOfEdge];
  Saved saved;
  Scratch scratch;

  int64_t record_unit() const { return g.c * kRecord; }
  float* records(int edge, int row) const {
    return scratch.records + (edge * kRows + row) * g.units * record_unit();
  }
};

inline Room take_room(const Geometry& g, Arena& arena) {
  Room r;
  r.depthwise = arena.take<float>(g.c * g.w * V);
  r.middle = arena.take<float>(middle_floats(g));
  r.rows = arena.take<float>((g.reduction ? 2 : 1) * g.C * g.W * V);
  r.mixed = arena.take<float>(g.c * g.w * V);
  r.chunk = arena.take<float>(chunk_floats(g.C));
  r.pointers = arena.take<const float*>(g.C);
  return r;
}

inline int64_t room_bytes(const Geometry& g) {
  Arena arena{nullptr, 0};
  take_room(g, arena);
  return arena.used;
}

inline Scratch take_scratch(const Geometry& g, Arena& arena) {
  Scratch s;
  s.padded = arena.take<float>(padded_floats(g));
  for (float*& rest : s.rest) rest = arena.take<float>(g.units * g.rest * g.plane());
  s.records = arena.take<float>(kEdges * kRows * g.units * g.c * kRecord);
  for (int e = 0; e < kEdges; ++e)
    for (int t = 0; t < kStages; ++t)
      s.packed[e][t] = arena.take<float>(g.keep[e][kStage[t].op] ? g.c * kStage[t].taps() : 0);
  s.scale = arena.take<float>(kMostTerms * g.c);
  s.bias = arena.take<float>(g.c);
  s.terms = arena.take<const float*>(kMostTerms);
  s.slots = arena.take<char>(Slots::bytes(room_bytes(g)));
  return s;
}

}  // namespace forward
}  // namespace darts
}  // namespace drnas
