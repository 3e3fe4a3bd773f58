// Sums over the batch behind the gradients of the DARTS cell's normalisations and mixing weights.
#pragma once
#include "darts_backward.h"

namespace drnas {
namespace darts {
namespace backward {

// S1 and S2 of all operations of the edges that leave j, for each unit.
inline void edge_dots(const Backward& b, int j) {
  const Geometry& g = b.g;
  const int first = first_target(j);
  each_task(b, kNodes - first, [&](const Room&, int64_t unit, int64_t task) {
    const int target = first + static_cast<int>(task), edge = edge_of(target, j), lanes = g.lanes(unit);
    int rows[kRows];
    const int used = rows_of_edge(g, edge, j, rows);
    for (int64_t ch = 0; ch < g.c; ++ch) {
      const float* const gradient = b.gradient(target, unit) + ch * g.plane();
      const auto dot = [&](int which, const float* z, float mean) {
        b.dots(edge, which)[unit * g.c + ch] = dot_lanes(gradient, z, mean, g.n(), lanes);
      };
      dot(kOps, nullptr, 0);
      for (int r = 0; r < used; ++r)
        if (is_last(rows[r]))
          dot(op_of_row(rows[r]), b.saved.row(g, edge, j, rows[r], unit) + ch * g.plane(),
              static_cast<float>(b.saved.mean[(edge * kRows + rows[r]) * g.c + ch]));
      if (g.identity(edge, j) && b.wants.theta) dot(kSkip, b.saved.node[j] + unit * g.block() + ch * g.plane(), 0);
    }
  });
}

inline double sum_units(const Geometry& g, const double* units, int64_t ch) {
  double sum = 0;
  for (int64_t unit = 0; unit < g.units; ++unit) sum += units[unit * g.c + ch];
  return sum;
}

// From the sums over the batch to the gradient of a normalisation, and of its mixing weight.
inline double set_normalisation(const Backward& b, int edge, int row, double theta, const double* s1, const double* s2) {
  const Geometry& g = b.g;
  double total = 0;
  for (int64_t ch = 0; ch < g.c; ++ch) {
    const int64_t at = (edge * kRows + row) * g.c + ch;
    const double inverse = b.saved.inverse[at], projected = sum_units(g, s2, ch) * inverse;
    const double factor = theta * inverse, slope = -factor * inverse * projected / g.count();
    float* const to = b.scratch.stage.normalisation + at * 3;
    to[0] = static_cast<float>(factor);
    to[1] = static_cast<float>(slope);
    to[2] = static_cast<float>(-factor * sum_units(g, s1, ch) / g.count() - slope * b.saved.mean[at]);
    total += projected;
  }
  return total;
}

inline void combine_edges(const Backward& b, int j) {
  const Geometry& g = b.g;
  const int first = first_target(j);
  parallel_for(kNodes - first, [&](int64_t task) {
    const int edge = edge_of(first + static_cast<int>(task), j);
    double theta[kOps] = {};
    int rows[kRows];
    const int used = rows_of_edge(g, edge, j, rows);
    for (int r = 0; r < used; ++r) {
      if (!is_last(rows[r])) continue;
      const Op op = op_of_row(rows[r]);
      theta[op] = set_normalisation(b, edge, rows[r], static_cast<double>(b.theta[edge * kOps + op]), b.dots(edge, kOps),
                                    b.dots(edge, op));
    }
    if (!b.wants.theta) return;
    if (g.identity(edge, j))
      for (int64_t ch = 0; ch < g.c; ++ch) theta[kSkip] += sum_units(g, b.dots(edge, kSkip), ch);
    for (int op = 0; op < kOps; ++op) b.dtheta[edge * kOps + op] = static_cast<float>(theta[op]);
  });
}

}  // namespace backward
}  // namespace darts
}  // namespace drnas
