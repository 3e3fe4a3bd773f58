// Means and sums of squared deviations for each channel, chunk by chunk, joined in the order of the chunks.
#pragma once
#include "channels.h"

namespace drnas {

struct Moments {
  double* mean;
  double* squares;
};

inline int64_t moments_room_floats(const Rows& r) { return 3 * r.period; }

// Sums are taken about the chunk's first row, so that a large mean costs no digits.
inline void chunk_moments(const Rows& r, int64_t chunk, const float* x, float* room, Moments out) {
  float* const shift = room;
  float* const sum = room + r.period;
  float* const squares = room + 2 * r.period;
  const float* const first = x + r.first(chunk) * r.channels;
  spread(r, first, shift);
  for (int64_t i = 0; i < r.period; ++i) sum[i] = squares[i] = 0;
  each_period(r, chunk, [&](int64_t at, int64_t count) {
    const float* __restrict__ const in = x + at;
    const float* __restrict__ const k = shift;
    float* __restrict__ const s = sum;
    float* __restrict__ const q = squares;
    for (int64_t i = 0; i < count; ++i) {
      const float d = in[i] - k[i];
      s[i] += d;
      q[i] += d * d;
    }
  });
  fold(r, sum, out.mean);
  fold(r, squares, out.squares);
  const double n = static_cast<double>(r.count(chunk));
  for (int64_t c = 0; c < r.channels; ++c) {
    const double mean = out.mean[c] / n;
    out.squares[c] -= out.mean[c] * mean;
    out.mean[c] = static_cast<double>(first[c]) + mean;
  }
}

// Joins `parts` moments (mean [C] and squares [C] of each, one after the other) into the first, after Chan, Golub and
// LeVeque 1979. count(part) is how many rows a part has.
template <class Count>
inline void join_moments(int64_t channels, int64_t parts, const Count& count, double* moments) {
  double n = static_cast<double>(count(int64_t{0}));
  for (int64_t part = 1; part < parts; ++part) {
    const double m = static_cast<double>(count(part)), total = n + m;
    const double* const other = moments + part * 2 * channels;
    for (int64_t c = 0; c < channels; ++c) {
      const double delta = other[c] - moments[c];
      moments[c] += delta * (m / total);
      moments[channels + c] += other[channels + c] + delta * delta * (n * m / total);
    }
    n = total;
  }
}

inline double inverse_deviation(double variance, double epsilon) { return 1 / __builtin_sqrt(variance + epsilon); }

// The batch's mean and biased variance out of joined moments.
inline void finish_moments(int64_t channels, int64_t rows, const double* moments, float* mean, float* variance) {
  for (int64_t c = 0; c < channels; ++c) {
    mean[c] = rows > 0 ? static_cast<float>(moments[c]) : 0.0f;
    const double biased = rows > 0 ? moments[channels + c] / static_cast<double>(rows) : 0;
    variance[c] = static_cast<float>(biased < 0 ? 0 : biased);
  }
}

}  // namespace drnas
