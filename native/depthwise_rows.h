// Rows of an NHWC image as a depthwise convolution reads them: its geometry, and padded copies kept while windows overlap.
//
// With a stride, the columns that a tap reads are first put next to each other: columns of one phase (column modulo
// stride) lie together in the copy of a row.
#pragma once
#include "channels.h"
#include "simd.h"

namespace drnas {
namespace depthwise {

constexpr int64_t kRowsAtOnce = 4;  // of outputs
constexpr int64_t kMaxWidth = 64;   // of a filter

struct Geometry {
  int64_t batch, height, width, channels, filter_height, filter_width, stride_y, stride_x, dilation_y, dilation_x;
  int64_t top, left, out_height, out_width;

  int64_t taps() const { return filter_height * filter_width; }
  int64_t in_floats() const { return width * channels; }
  int64_t out_floats() const { return out_width * channels; }
  // Columns of one phase in the copy of a row: enough for every tap of every output.
  int64_t phase_columns() const { return out_width + (filter_width - 1) * dilation_x / stride_x + 1; }
  int64_t phase_floats() const { return phase_columns() * channels; }
  int64_t row_floats() const { return stride_x * phase_floats(); }
  // Where tap kx begins in the copy of a row.
  int64_t tap_offset(int64_t kx) const {
    const int64_t column = kx * dilation_x;
    return column % stride_x * phase_floats() + column / stride_x * channels;
  }
  int64_t image_floats() const { return height * width * channels; }
  int64_t out_image_floats() const { return out_height * out_width * channels; }
  bool plain() const { return stride_y == 1 && stride_x == 1; }
  // Of the repeated weights; never much longer than a row.
  int64_t period() const {
    int64_t floats = channels;
    while (floats % V != 0) floats += channels;
    const int64_t row = round_up(out_floats(), V);
    return floats < row ? floats : row;
  }
};
constexpr int kGeometryArgs = 14;

inline Geometry geometry(const double* args) {
  int64_t v[kGeometryArgs];
  for (int i = 0; i < kGeometryArgs; ++i) v[i] = integer(args[i]);
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13]};
}

// With stride 1 the gradient for the input is a depthwise convolution of dy with the filter turned round.
inline Geometry transposed(const Geometry& g) {
  Geometry t = g;
  t.height = g.out_height, t.width = g.out_width, t.out_height = g.height, t.out_width = g.width;
  t.top = (g.filter_height - 1) * g.dilation_y - g.top;
  t.left = (g.filter_width - 1) * g.dilation_x - g.left;
  return t;
}

// What happens to an image's values while they are copied: nothing, relu(x), or relu((x - mean) * factor + offset) with
// coefficients repeated over a row of the image.
struct Activation {
  bool relu = false;
  const float *mean = nullptr, *factor = nullptr, *offset = nullptr;

  float before_relu(float x, int64_t i) const { return factor ? (x - mean[i]) * factor[i] + offset[i] : x; }
  float operator()(float x, int64_t i) const {
    const float value = before_relu(x, i);
    return relu && value < 0 ? 0.0f : value;
  }
};

// `count` values of a row of an image from its value `first` on.
inline void activate(const Activation& a, const float* row, int64_t first, int64_t count, float* to) {
  const float* __restrict__ const in = row + first;
  float* __restrict__ const out = to;
  if (a.factor) {
    const float* __restrict__ const mean = a.mean + first;
    const float* __restrict__ const factor = a.factor + first;
    const float* __restrict__ const offset = a.offset + first;
    for (int64_t i = 0; i < count; ++i) {
      const float value = (in[i] - mean[i]) * factor[i] + offset[i];
      out[i] = value < 0 ? 0.0f : value;
    }
  } else if (a.relu) {
    for (int64_t i = 0; i < count; ++i) out[i] = in[i] < 0 ? 0.0f : in[i];
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = in[i];
  }
}

// The padded row `row` of an image (perhaps outside it), columns sorted by phase.
inline void copy_row(const Geometry& g, const float* image, const Activation& a, int64_t row, float* to) {
  if (row < 0 || row >= g.height) {
    fill(to, 0, g.row_floats());
    return;
  }
  const float* const from = image + row * g.in_floats();
  for (int64_t phase = 0; phase < g.stride_x; ++phase) {
    float* const at = to + phase * g.phase_floats();
    int64_t first = 0;  // the first column of this phase inside the image
    while (first < g.phase_columns() && first * g.stride_x + phase < g.left) ++first;
    int64_t last = first;
    while (last < g.phase_columns() && last * g.stride_x + phase - g.left < g.width) ++last;
    fill(at, 0, first * g.channels);
    fill(at + last * g.channels, 0, (g.phase_columns() - last) * g.channels);
    const int64_t begin = (first * g.stride_x + phase - g.left) * g.channels;
    if (g.stride_x == 1) {
      activate(a, from, begin, (last - first) * g.channels, at + first * g.channels);
    } else {
      for (int64_t column = first; column < last; ++column)
        activate(a, from, begin + (column - first) * g.stride_x * g.channels, g.channels, at + column * g.channels);
    }
  }
}

// The reverse, adding: what a copied row gathered goes back to the image's row.
inline void add_row(const Geometry& g, const float* from, int64_t row, float* image) {
  if (row < 0 || row >= g.height) return;
  float* const to = image + row * g.in_floats();
  for (int64_t phase = 0; phase < g.stride_x; ++phase) {
    const float* const at = from + phase * g.phase_floats();
    for (int64_t column = 0; column < g.phase_columns(); ++column) {
      const int64_t x = column * g.stride_x + phase - g.left;
      if (x < 0 || x >= g.width) continue;
      for (int64_t c = 0; c < g.channels; ++c) to[x * g.channels + c] += at[column * g.channels + c];
    }
  }
}

// Rows of an image as the rows of output need them; each is copied once and kept while windows overlap.
struct RowCache {
  const Geometry& g;
  Activation activation;
  const float* image;
  float* rows;
  int64_t kept;     // how many fit
  int64_t* row_of;  // which row lies in each place
  const float* get(int64_t row) {
    const int64_t place = ((row % kept) + kept) % kept;
    float* const at = rows + place * g.row_floats();
    if (row_of[place] != row) {
      copy_row(g, image, activation, row, at);
      row_of[place] = row;
    }
    return at;
  }
};

inline int64_t kept_rows(const Geometry& g) {
  return (g.filter_height - 1) * g.dilation_y + 1 + (kRowsAtOnce - 1) * g.stride_y;
}
inline int64_t cache_bytes(const Geometry& g) {
  return aligned_bytes(kept_rows(g) * g.row_floats() * 4) + aligned_bytes(kept_rows(g) * 8);
}
inline RowCache make_cache(const Geometry& g, const Activation& activation, const float* image, char*& room) {
  const int64_t kept = kept_rows(g);
  float* const rows = carve<float>(room, kept * g.row_floats());
  int64_t* const row_of = carve<int64_t>(room, kept);
  for (int64_t i = 0; i < kept; ++i) row_of[i] = -0x7fffffff;
  return {g, activation, image, rows, kept, row_of};
}

}  // namespace depthwise
}  // namespace drnas
