// Images from NHWC into the lanes of vectors and back, and sums over lanes that leave out those without an image.
#pragma once
#include "darts_rows.h"

namespace drnas {
namespace darts {

// Images lie at distances that all fall on the same lines of a cache, so they are visited one after the other, a few
// pixels at a time, by way of `chunk`.
constexpr int64_t kChunkPixels = 8;
inline int64_t chunk_image(int64_t channels) { return kChunkPixels * channels + 16; }
inline int64_t chunk_floats(int64_t channels) { return V * chunk_image(channels); }

// At least V floats; the last vector overlaps the one before.
inline void copy_overlapping(float* to, const float* from, int64_t count) {
  for (int64_t i = 0; i + V < count; i += V) store(to + i, load(from + i));
  store(to + count - V, load(from + count - V));
}

// V vectors of V floats, rows for columns; unrolled so that all of them stay in registers.
inline void transpose(vec* z) {
#pragma GCC unroll 4
  for (int stage = 1; stage < V; stage *= 2) {
    vec next[V];
#pragma GCC unroll 8
    for (int i = 0; i < V / 2; ++i) {
      next[i] = __builtin_shufflevector(z[2 * i], z[2 * i + 1], DRNAS_EVEN);
      next[i + V / 2] = __builtin_shufflevector(z[2 * i], z[2 * i + 1], DRNAS_ODD);
    }
#pragma GCC unroll 16
    for (int i = 0; i < V; ++i) z[i] = next[i];
  }
}

// A row of pixels of up to V images, `image` floats apart: channel ch of pixel x goes to to + ch*plane + x*V.
inline void gather_row(const float* from, int64_t image, int lanes, int64_t pixel, int64_t channels, int64_t width,
                       float* to, int64_t plane, float* chunk) {
  if (channels < V) {
    for (int64_t x = 0; x < width; ++x, from += pixel, to += V)
      for (int64_t ch = 0; ch < channels; ++ch)
        for (int lane = 0; lane < V; ++lane) to[ch * plane + lane] = lane < lanes ? from[lane * image + ch] : 0.0f;
    return;
  }
  const int64_t pitch = chunk_image(channels);
  for (int64_t x = 0; x < width; x += kChunkPixels) {
    const int64_t pixels = width - x < kChunkPixels ? width - x : kChunkPixels;
    for (int lane = 0; lane < V; ++lane)
      for (int64_t p = 0; p < pixels; ++p) {
        float* const at = chunk + lane * pitch + p * channels;
        if (lane < lanes) copy_overlapping(at, from + lane * image + (x + p) * pixel, channels);
        else fill(at, 0, channels);
      }
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t next = 0; next < channels; next += V) {
        const int64_t ch = next + V <= channels ? next : channels - V;  // the last block overlaps the one before
        vec z[V];
#pragma GCC unroll 16
        for (int lane = 0; lane < V; ++lane) z[lane] = load(chunk + lane * pitch + p * channels + ch);
        transpose(z);
#pragma GCC unroll 16
        for (int i = 0; i < V; ++i) store(to + (ch + i) * plane + (x + p) * V, z[i]);
      }
  }
}

// The reverse; from[ch] is a channel's row.
inline void scatter_row(const float* const* from, int64_t channels, int64_t width, float* to, int64_t image, int lanes,
                        int64_t pixel, float* chunk) {
  if (channels < V) {
    for (int64_t x = 0; x < width; ++x, to += pixel)
      for (int64_t ch = 0; ch < channels; ++ch)
        for (int lane = 0; lane < lanes; ++lane) to[lane * image + ch] = from[ch][x * V + lane];
    return;
  }
  const int64_t pitch = chunk_image(channels);
  for (int64_t x = 0; x < width; x += kChunkPixels) {
    const int64_t pixels = width - x < kChunkPixels ? width - x : kChunkPixels;
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t next = 0; next < channels; next += V) {
        const int64_t ch = next + V <= channels ? next : channels - V;
        vec z[V];
#pragma GCC unroll 16
        for (int i = 0; i < V; ++i) z[i] = load(from[ch + i] + (x + p) * V);
        transpose(z);
#pragma GCC unroll 16
        for (int lane = 0; lane < V; ++lane) store(chunk + lane * pitch + p * channels + ch, z[lane]);
      }
    for (int lane = 0; lane < lanes; ++lane)
      for (int64_t p = 0; p < pixels; ++p)
        copy_overlapping(to + lane * image + (x + p) * pixel, chunk + lane * pitch + p * channels, channels);
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
