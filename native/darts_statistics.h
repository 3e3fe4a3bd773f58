// Batch statistics of the outputs of operations, from records that each unit of images leaves.
//
// A record holds, for each channel, three vectors: a shift near the mean, and the sums of differences from it and of
// their squares, a lane for each image. They are combined in double in the order of images.
#pragma once
#include "darts_lanes.h"

namespace drnas {
namespace darts {

constexpr int kRecord = 3 * V;  // floats of a channel

// Adds a row (or a plane) of values to a channel's record; with `first` it begins with them.
inline void record_values(const float* values, int64_t count, bool first, float* record) {
  const vec shift = first ? load(values) : load(record);
  vec sum[4] = {}, squares[4] = {};
  int64_t x = 0;
  for (; x + 4 <= count; x += 4)
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const vec d = load(values + (x + i) * V) - shift;
      sum[i] += d;
      squares[i] += d * d;
    }
  for (; x < count; ++x) {
    const vec d = load(values + x * V) - shift;
    sum[0] += d;
    squares[0] += d * d;
  }
  const vec total = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  const vec total_squares = (squares[0] + squares[1]) + (squares[2] + squares[3]);
  if (first) store(record, shift);
  store(record + V, first ? total : load(record + V) + total);
  store(record + 2 * V, first ? total_squares : load(record + 2 * V) + total_squares);
}

// Mean and biased variance of one channel; its records lie `stride` floats apart from unit to unit.
inline void combine_records(const Geometry& g, const float* records, int64_t stride, double* mean, double* variance) {
  const double base = static_cast<double>(records[0]), n = static_cast<double>(g.n());
  double sum = 0, squares = 0;
  for (int64_t unit = 0; unit < g.units; ++unit) {
    const float* r = records + unit * stride;
    for (int lane = 0, lanes = g.lanes(unit); lane < lanes; ++lane) {
      const double d = static_cast<double>(r[lane]) - base, total = static_cast<double>(r[V + lane]);
      sum += total + n * d;
      squares += static_cast<double>(r[2 * V + lane]) + d * (2 * total + n * d);
    }
  }
  const double d = sum / g.count(), spread = squares / g.count() - d * d;
  *mean = base + d;
  *variance = spread < 0 ? 0 : spread;
}

}  // namespace darts
}  // namespace drnas
