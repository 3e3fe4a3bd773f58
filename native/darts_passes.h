// What the two passes of the DARTS cell share: what is asked of backward, memory sizes, the grids of a reduction.
#pragma once
#include "darts_lanes.h"

namespace drnas {
namespace darts {

// Which gradients backward gives.
struct Wants {
  bool theta, weights, input[kInputs];
};

// args: needs (0 alpha, 1 weights, 2 all), input 0, input 1
inline Wants make_wants(const double* args) {
  const int needs = static_cast<int>(args[0]);
  return {needs != kWeights, needs != kAlpha, {args[1] != 0, args[2] != 0}};
}

int64_t forward_scratch_bytes(const Geometry& g);
int64_t backward_scratch_bytes(const Geometry& g, const Wants& wants);

// Every other pixel of row 2y (grid 0) or 2y + 1 (grid 1, from column 1) of all channels: [c][w][V].
inline void take_grid(const Geometry& g, const Padded& in, int64_t y, int grid, float* to) {
  for (int64_t ch = 0; ch < g.c; ++ch) {
    const float* const from = in.at + ch * in.plane + (2 * y + grid) * in.row + grid * V;
    for (int64_t x = 0; x < g.w; ++x, to += V) store(to, load(from + 2 * x * V));
  }
}

// relu of a source, padded for its first stages: [unit][c][rows][columns + 2*kPad][V]
inline int64_t padded_floats(const Geometry& g) {
  return g.units * g.c * (g.padded_plane(0) > g.padded_plane(2) ? g.padded_plane(0) : g.padded_plane(2));
}
inline Padded padded_source(const Geometry& g, int j, float* base, int64_t unit) {
  return {base + unit * g.c * g.padded_plane(j) + kPad * V, g.padded_row(j), g.padded_plane(j)};
}
inline void pad_source(const Geometry& g, const float* node, int j, float* base) {
  parallel_for(g.units * g.c, [&](int64_t task) {
    const Padded to{base + task * g.padded_plane(j) + kPad * V, g.padded_row(j), g.padded_plane(j)};
    rectify(node + task * g.plane(j), 1, g.rows(j), g.columns(j), nullptr, to, kPad);
  });
}

// A second stage begins with relu of the first's normalised output: z*scale + bias, padded for one unit.
constexpr int kMiddlePad = 2;
inline int64_t middle_floats(const Geometry& g) { return g.c * g.h * (g.w + 2 * kMiddlePad) * V; }

inline void middle_scale(const Geometry& g, const Saved& s, int edge, int t, int64_t ch, float* scale_bias) {
  const int64_t at = (edge * kRows + kStage[t - 1].row) * g.c + ch;
  scale_bias[0] = static_cast<float>(s.inverse[at]);
  scale_bias[1] = static_cast<float>(-s.inverse[at] * s.mean[at]);
}
inline Padded rectify_middle(const Geometry& g, const Saved& s, int edge, int t, int64_t unit, float* room) {
  const int64_t row = (g.w + 2 * kMiddlePad) * V;
  const Padded middle{room + kMiddlePad * V, row, g.h * row};
  for (int64_t ch = 0; ch < g.c; ++ch) {
    float scale_bias[2];
    middle_scale(g, s, edge, t, ch, scale_bias);
    rectify(s.z[edge][t - 1] + unit * g.block() + ch * g.plane(), 1, g.h, g.w, scale_bias,
            Padded{middle.at + ch * middle.plane, row, middle.plane}, kStage[t].pad());
  }
  return middle;
}

}  // namespace darts
}  // namespace drnas
