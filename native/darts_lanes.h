// Images from NHWC into the lanes of vectors and back, and sums over lanes that leave out those without an image.
#pragma once
#include "darts_rows.h"

namespace drnas {
namespace darts {

// A row of pixels of up to V images, `image` floats apart: channel ch of pixel x goes to to + ch*plane + x*V.
inline void gather_row(const float* from, int64_t image, int lanes, int64_t pixel, int64_t channels, int64_t width,
                       float* to, int64_t plane) {
  for (int64_t x = 0; x < width; ++x, from += pixel, to += V) {
    if (channels < V) {
      for (int64_t ch = 0; ch < channels; ++ch)
        for (int lane = 0; lane < V; ++lane) to[ch * plane + lane] = lane < lanes ? from[lane * image + ch] : 0.0f;
      continue;
    }
    for (int64_t next = 0; next < channels; next += V) {
      const int64_t ch = next + V <= channels ? next : channels - V;  // the last block overlaps the one before
      vec z[V];
      for (int lane = 0; lane < V; ++lane) z[lane] = lane < lanes ? load(from + lane * image + ch) : vec{};
      deinterleave(z, V);
      for (int i = 0; i < V; ++i) store(to + (ch + i) * plane, z[i]);
    }
  }
}

// The reverse; from[ch] is a channel's row.
inline void scatter_row(const float* const* from, int64_t channels, int64_t width, float* to, int64_t image, int lanes,
                        int64_t pixel) {
  for (int64_t x = 0; x < width; ++x, to += pixel) {
    if (channels < V) {
      for (int64_t ch = 0; ch < channels; ++ch)
        for (int lane = 0; lane < lanes; ++lane) to[lane * image + ch] = from[ch][x * V + lane];
      continue;
    }
    for (int64_t next = 0; next < channels; next += V) {
      const int64_t ch = next + V <= channels ? next : channels - V;
      vec z[V];
      for (int i = 0; i < V; ++i) z[i] = load(from[ch + i] + x * V);
      deinterleave(z, V);
      for (int lane = 0; lane < lanes; ++lane) store(to + lane * image + ch, z[lane]);
    }
  }
}

inline double sum_lanes(const float* v, int lanes) {
  double sum = 0;
  for (int lane = 0; lane < lanes; ++lane) sum += static_cast<double>(v[lane]);
  return sum;
}

// relu(x*scale + bias) with zeros beside the rows.
inline void rectify(const float* from, int64_t channels, int64_t rows, int64_t columns, const float* scale_bias,
                    const Padded& to, int64_t pad) {
  clear_sides(to, channels, rows, columns, pad);
  for (int64_t ch = 0; ch < channels; ++ch) {
    const vec scale = broadcast(scale_bias ? scale_bias[2 * ch] : 1), bias = broadcast(scale_bias ? scale_bias[2 * ch + 1] : 0);
    for (int64_t y = 0; y < rows; ++y)
      for (int64_t x = 0; x < columns; ++x, from += V)
        store(to.at + ch * to.plane + y * to.row + x * V, relu(load(from) * scale + bias));
  }
}

}  // namespace darts
}  // namespace drnas
