// A convolution's sizes, and correlations over images: what the convolution and both its gradients are made of.
#pragma once
#include "correlate.h"
#include "slots.h"

namespace drnas {
namespace convolution {

constexpr int kMaxTaps = 1024;        // of the largest filter, 32 x 32
constexpr int64_t kUnitPixels = 512;  // about what one parallel unit computes

struct Geometry {
  int64_t batch, height, width, inputs, outputs;           // of x [batch, height, width, inputs]
  int64_t filter_height, filter_width;                     // of w [filter_height, filter_width, inputs, outputs]
  int64_t stride_y, stride_x, dilation_y, dilation_x;
  int64_t top, left;                                       // padding before the first row and column
  int64_t out_height, out_width;                           // of y [batch, out_height, out_width, outputs]
};
constexpr int kGeometryArgs = 15;

inline Geometry geometry(const double* args) {
  int64_t values[kGeometryArgs];
  for (int i = 0; i < kGeometryArgs; ++i) values[i] = integer(args[i]);
  return {values[0], values[1], values[2], values[3],  values[4],  values[5],  values[6], values[7],
          values[8], values[9], values[10], values[11], values[12], values[13], values[14]};
}

// One tap of a correlation: where it reads relative to a pixel, and which of the filter's matrices it multiplies by.
struct Tap {
  int64_t row, column, matrix;
};

// A correlation of images [source_height, source_width, depth]: out pixel (r, c), r < rows, c < columns, reads
// (r*step_y + tap.row, c*step_x + tap.column), where reads outside the image are 0.
struct Correlation {
  const float* source;
  int64_t batch, source_height, source_width, depth;
  int64_t step_y, step_x;
  Tap taps[kMaxTaps];
  int64_t tap_count;
  const float* filter;  // matrices, element (k, channel) at k*k_step + channel*channel_step
  int64_t k_step, channel_step;
  float* out;
  int64_t out_image, out_row, out_step;  // distances in floats between images, rows and pixels
  int64_t rows, columns, channels;
};

// Where the padded copy begins and how large it is, relative to the image.
struct Window {
  int64_t first_row, last_row, first_column, last_column;  // that any tap of the rows reads, last excluded
  bool inside(const Correlation& c) const {
    return first_row >= 0 && first_column >= 0 && last_row <= c.source_height && last_column <= c.source_width;
  }
};

inline Window window(const Correlation& c, int64_t from_row, int64_t to_row) {
  int64_t low_row = 0, high_row = 0, low_column = 0, high_column = 0;
  for (int64_t t = 0; t < c.tap_count; ++t) {
    const Tap& tap = c.taps[t];
    if (t == 0 || tap.row < low_row) low_row = tap.row;
    if (t == 0 || tap.row > high_row) high_row = tap.row;
    if (t == 0 || tap.column < low_column) low_column = tap.column;
    if (t == 0 || tap.column > high_column) high_column = tap.column;
  }
  return {from_row * c.step_y + low_row, (to_row - 1) * c.step_y + high_row + 1, low_column,
          (c.columns - 1) * c.step_x + high_column + 1};
}

inline int64_t window_floats(const Correlation& c, int64_t rows) {
  const Window w = window(c, 0, rows);
  return (w.last_row - w.first_row) * (w.last_column - w.first_column) * c.depth;
}

inline void copy_floats(float* to, const float* from, int64_t count) {
  int64_t i = 0;
  for (; i + V <= count; i += V) store(to + i, load(from + i));
  for (; i < count; ++i) to[i] = from[i];
}

inline void zero_floats(float* to, int64_t count) {
  int64_t i = 0;
  for (; i + V <= count; i += V) store(to + i, vec{});
  for (; i < count; ++i) to[i] = 0;
}

inline int64_t clamp(int64_t value, int64_t low, int64_t high) { return value < low ? low : value > high ? high : value; }

// Copies the window of an image, zeros where it leaves the image.
inline void copy_window(const float* image, int64_t height, int64_t width, int64_t depth, const Window& w, float* to) {
  const int64_t columns = w.last_column - w.first_column;
  const int64_t begin = clamp(w.first_column, 0, width), end = clamp(w.last_column, begin, width);
  const int64_t before = begin - w.first_column < columns ? begin - w.first_column : columns;
  const int64_t inside = end - begin, after = columns - before - inside;
  for (int64_t row = w.first_row; row < w.last_row; ++row, to += columns * depth) {
    if (row < 0 || row >= height) {
      zero_floats(to, columns * depth);
      continue;
    }
    zero_floats(to, before * depth);
    copy_floats(to + before * depth, image + (row * width + begin) * depth, inside * depth);
    zero_floats(to + (before + inside) * depth, after * depth);
  }
}

// Taps in the order of memory, those that touch joined: fewer and longer inner loops.
inline int64_t make_segments(const Correlation& c, int64_t row_floats, Segment* segments) {
  int64_t count = 0;
  for (int64_t t = 0; t < c.tap_count; ++t) {
    const int64_t offset = c.taps[t].row * row_floats + c.taps[t].column * c.depth;
    if (count > 0 && segments[count - 1].offset + segments[count - 1].length == offset) {
      segments[count - 1].length += c.depth;
    } else {
      segments[count++] = {offset, c.depth};
    }
  }
  return count;
}

inline int64_t rows_of_unit(const Correlation& c) {
  const int64_t rows = kUnitPixels / (c.columns > 0 ? c.columns : 1);
  return clamp(rows, 1, c.rows > 0 ? c.rows : 1);
}

inline int64_t correlation_bytes(const Correlation& c) {
  return aligned_bytes(packed_floats(c.depth * c.tap_count, c.channels) * 4) +
         Slots::bytes(window_floats(c, rows_of_unit(c)) * 4);
}

inline void run(const Correlation& c, char* scratch) {
  if (c.batch <= 0 || c.rows <= 0 || c.columns <= 0 || c.channels <= 0) return;
  // A 1x1 filter sees each pixel alone: all images are one long row, cut into rows of kUnitPixels.
  const int64_t total = c.batch * c.rows * c.columns;
  const bool flat = c.tap_count == 1 && c.taps[0].row == 0 && c.taps[0].column == 0 && c.step_x == 1 &&
                    c.step_y == 1 && c.rows == c.source_height && c.columns == c.source_width &&
                    c.out_step * c.columns == c.out_row && c.out_row * c.rows == c.out_image;
  const int64_t depth = c.depth * c.tap_count;
  float* const packed = carve<float>(scratch, packed_floats(depth, c.channels));
  for (int64_t t = 0; t < c.tap_count; ++t)
    pack(c.filter + c.taps[t].matrix, c.k_step, c.channel_step, t * c.depth, c.depth, depth, c.channels, packed);
  const Packed weights = {packed, depth, c.channels};
  Segment segments[kMaxTaps];
  if (flat) {
    segments[0] = {0, c.depth};
    parallel_for((total + kUnitPixels - 1) / kUnitPixels, [&](int64_t unit) {
      const int64_t first = unit * kUnitPixels, pixels = total - first < kUnitPixels ? total - first : kUnitPixels;
      correlate(c.source + first * c.depth, 0, c.depth, 1, pixels, segments, 1, weights, c.out + first * c.out_step, 0,
                c.out_step);
    });
    return;
  }
  const int64_t unit_rows = rows_of_unit(c), units_of_image = (c.rows + unit_rows - 1) / unit_rows;
  const bool copied = !window(c, 0, c.rows).inside(c);
  const Window whole = window(c, 0, c.rows);
  const int64_t row_floats = (copied ? whole.last_column - whole.first_column : c.source_width) * c.depth;
  const int64_t segment_count = make_segments(c, row_floats, segments);
  Slots slots(scratch, window_floats(c, unit_rows) * 4);
  parallel_for(c.batch * units_of_image, [&](int64_t unit) {
    const int64_t image = unit / units_of_image, first = unit % units_of_image * unit_rows;
    const int64_t rows = c.rows - first < unit_rows ? c.rows - first : unit_rows;
    const float* source = c.source + image * c.source_height * c.source_width * c.depth;
    float* out = c.out + image * c.out_image + first * c.out_row;
    const float* in = source + first * c.step_y * row_floats;
    char* slot = nullptr;
    if (copied) {
      slot = slots.take();
      const Window w = window(c, first, first + rows);
      copy_window(source, c.source_height, c.source_width, c.depth, w, reinterpret_cast<float*>(slot));
      // Taps count from the pixel itself, which lies behind the margin of the window.
      in = reinterpret_cast<float*>(slot) + (first * c.step_y - w.first_row) * row_floats - w.first_column * c.depth;
    }
    correlate(in, c.step_y * row_floats, c.step_x * c.depth, rows, c.columns, segments, segment_count, weights, out,
              c.out_row, c.out_step);
    if (slot) slots.give(slot);
  });
}

// ---- y = x * w

inline void forward(const Geometry& g, const float* x, const float* w, float* y, Correlation& c) {
  c.source = x;
  c.batch = g.batch, c.source_height = g.height, c.source_width = g.width, c.depth = g.inputs;
  c.step_y = g.stride_y, c.step_x = g.stride_x;
  c.tap_count = 0;
  for (int64_t ky = 0; ky < g.filter_height; ++ky)
    for (int64_t kx = 0; kx < g.filter_width; ++kx)
      c.taps[c.tap_count++] = {ky * g.dilation_y - g.top, kx * g.dilation_x - g.left,
                               (ky * g.filter_width + kx) * g.inputs * g.outputs};
  c.filter = w;
  c.k_step = g.outputs, c.channel_step = 1;
  c.out = y;
  c.out_step = g.outputs, c.out_row = g.out_width * c.out_step, c.out_image = g.out_height * c.out_row;
  c.rows = g.out_height, c.columns = g.out_width, c.channels = g.outputs;
}

}  // namespace convolution
}  // namespace drnas
