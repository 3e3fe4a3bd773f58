// A node of the DARTS cell: the weighted sum of all that reaches it, the channels that pass by, and the shuffle.
#pragma once
#include "darts_forward.h"

namespace drnas {
namespace darts {
namespace forward {

// The terms of a node's sum: where they lie and the scale of each channel; and the bias.
inline int prepare_mix(const Forward& f, int target) {
  const Geometry& g = f.g;
  int count = 0;
  for (int64_t ch = 0; ch < g.c; ++ch) f.scratch.bias[ch] = 0;
  for (int j = 0; j < target; ++j) {
    const int edge = edge_of(target, j);
    int rows[kRows];
    const int used = rows_of_edge(g, edge, j, rows);
    for (int r = 0; r < used; ++r) {
      if (!is_last(rows[r])) continue;
      float* const scale = f.scratch.scale + count * g.c;
      const double theta = static_cast<double>(f.theta[edge * kOps + op_of_row(rows[r])]);
      for (int64_t ch = 0; ch < g.c; ++ch) {
        const int64_t at = (edge * kRows + rows[r]) * g.c + ch;
        scale[ch] = static_cast<float>(theta * f.saved.inverse[at]);
        f.scratch.bias[ch] -= static_cast<float>(theta * f.saved.inverse[at] * f.saved.mean[at]);
      }
      f.scratch.terms[count++] = f.saved.row(g, edge, j, rows[r], 0);
    }
    if (g.identity(edge, j)) {
      for (int64_t ch = 0; ch < g.c; ++ch) f.scratch.scale[count * g.c + ch] = f.theta[edge * kOps + kSkip];
      f.scratch.terms[count++] = f.saved.node[j];
    }
  }
  return count;
}

template <int P>
void mix_tile(const Forward& f, int terms, int64_t ch, int64_t from, float* to) {
  vec sum[P];
#pragma GCC unroll 8
  for (int p = 0; p < P; ++p) sum[p] = broadcast(f.scratch.bias[ch]);
  for (int t = 0; t < terms; ++t) {
    const vec scale = broadcast(f.scratch.scale[t * f.g.c + ch]);
    const float* const in = f.scratch.terms[t] + from;
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) sum[p] += scale * load(in + p * V);
  }
#pragma GCC unroll 8
  for (int p = 0; p < P; ++p) store(to + p * V, sum[p]);
}

// A node: the weighted sum on the active channels, the bypass, the shuffle out[j*k + s] = in[s*c + j], the output.
inline void finish_node(const Forward& f, int target) {
  const Geometry& g = f.g;
  const int terms = prepare_mix(f, target);
  const float* const before = f.scratch.rest[target % 2];
  float* const after = f.scratch.rest[1 - target % 2];
  Slots slots(f.scratch.slots, room_bytes(g));
  parallel_for(g.units * g.h, [&](int64_t task) {
    const int64_t unit = task / g.h, y = task % g.h, row = g.w * V;
    char* const slot = slots.take();
    Arena arena{slot, 0};
    const Room room = take_room(g, arena);
    for (int64_t ch = 0; ch < g.c; ++ch) {
      const int64_t from = unit * g.block() + ch * g.plane() + y * row;
      float* const to = room.mixed + ch * row;
      int64_t x = 0;
      for (; x + 8 <= g.w; x += 8) mix_tile<8>(f, terms, ch, from + x * V, to + x * V);
      for (; x < g.w; ++x) mix_tile<1>(f, terms, ch, from + x * V, to + x * V);
    }
    const int64_t passed = unit * g.rest * g.plane() + y * row;
    for (int64_t ch = 0; ch < g.C; ++ch) {
      const int64_t in = ch % g.k * g.c + ch / g.k;
      room.pointers[ch] = in < g.c ? room.mixed + in * row : before + passed + (in - g.c) * g.plane();
    }
    if (target < kSources) {
      for (int64_t ch = 0; ch < g.c; ++ch)
        copy(f.saved.node[target] + unit * g.block() + ch * g.plane() + y * row, room.pointers[ch], row);
      for (int64_t ch = 0; ch < g.rest; ++ch) {
        const float* const own = before + passed + ch * g.plane();
        const float* const node = room.pointers[g.c + ch];
        float* const to = after + passed + ch * g.plane();
        for (int64_t i = 0; i < row; i += V) store(to + i, load(own + i) + load(node + i));
      }
    }
    scatter_row(room.pointers, g.C, g.w, f.y + (unit * V * g.n() + y * g.w) * 4 * g.C + (target - 2) * g.C,
                g.n() * 4 * g.C, g.lanes(unit), 4 * g.C, room.chunk);
    slots.give(slot);
  });
}

}  // namespace forward
}  // namespace darts
}  // namespace drnas
