// Loops over rows of channels that fill whole vectors whatever the number of channels.
//
// Rows of C channels lie one after the other. A period is a number of rows whose floats fill whole vectors; position i
// of a period always belongs to channel i % C, so a coefficient for each channel is spread over one period once, and
// the inner loops run over periods. From 64 channels on a period is one row.
#pragma once
#include "kernel.h"
#include "slots.h"

#ifndef DRNAS_WIDTH
#define DRNAS_WIDTH 4
#endif

namespace drnas {

struct Rows {
  int64_t rows, channels;
  int64_t period;      // floats
  int64_t chunk_rows;  // rows of one parallel unit: a matter of shapes only, so sums never depend on threads
  int64_t chunks;

  Rows(int64_t rows_, int64_t channels_) : rows(rows_), channels(channels_ > 0 ? channels_ : 1) {
    constexpr int64_t width = DRNAS_WIDTH, chunk_floats = 16384;
    period = channels;
    if (channels < 64) {
      while (period % width != 0 || period < 8 * width) period += channels;
    }
    const int64_t periods = chunk_floats / period > 0 ? chunk_floats / period : 1;
    chunk_rows = periods * (period / channels);
    chunks = (rows + chunk_rows - 1) / chunk_rows;
  }
  int64_t first(int64_t chunk) const { return chunk * chunk_rows; }
  int64_t count(int64_t chunk) const {
    return rows - first(chunk) < chunk_rows ? rows - first(chunk) : chunk_rows;
  }
};

// Spreads a value for each channel over a period.
template <class T>
inline void spread(const Rows& r, const T* channel_values, float* period) {
  for (int64_t i = 0, c = 0; i < r.period; ++i) {
    period[i] = static_cast<float>(channel_values[c]);
    if (++c == r.channels) c = 0;
  }
}

// Adds a period up by channel.
inline void fold(const Rows& r, const float* period, double* channel_sums) {
  for (int64_t c = 0; c < r.channels; ++c) channel_sums[c] = 0;
  for (int64_t i = 0, c = 0; i < r.period; ++i) {
    channel_sums[c] += static_cast<double>(period[i]);
    if (++c == r.channels) c = 0;
  }
}

// Calls body(offset, count) for the periods of a chunk, `count` floats at `offset`, the last one perhaps not whole.
template <class Body>
inline void each_period(const Rows& r, int64_t chunk, const Body& body) {
  const int64_t begin = r.first(chunk) * r.channels, end = begin + r.count(chunk) * r.channels;
  int64_t at = begin;
  for (; at + r.period <= end; at += r.period) body(at, r.period);
  if (at < end) body(at, end - at);
}

}  // namespace drnas
