// Convolution over NHWC images, and its gradients for the input and for the filter. Any size, stride and dilation.
#include "correlate.h"
#include "slots.h"

namespace drnas {
namespace {

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

Geometry geometry(const double* args) {
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

Window window(const Correlation& c, int64_t from_row, int64_t to_row) {
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

int64_t window_floats(const Correlation& c, int64_t rows) {
  const Window w = window(c, 0, rows);
  return (w.last_row - w.first_row) * (w.last_column - w.first_column) * c.depth;
}

void copy_floats(float* to, const float* from, int64_t count) {
  int64_t i = 0;
  for (; i + V <= count; i += V) store(to + i, load(from + i));
  for (; i < count; ++i) to[i] = from[i];
}

void zero_floats(float* to, int64_t count) {
  int64_t i = 0;
  for (; i + V <= count; i += V) store(to + i, vec{});
  for (; i < count; ++i) to[i] = 0;
}

int64_t clamp(int64_t value, int64_t low, int64_t high) { return value < low ? low : value > high ? high : value; }

// Copies the window of an image, zeros where it leaves the image.
void copy_window(const float* image, int64_t height, int64_t width, int64_t depth, const Window& w, float* to) {
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
int64_t make_segments(const Correlation& c, int64_t row_floats, Segment* segments) {
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

int64_t rows_of_unit(const Correlation& c) {
  const int64_t rows = kUnitPixels / (c.columns > 0 ? c.columns : 1);
  return clamp(rows, 1, c.rows > 0 ? c.rows : 1);
}

int64_t correlation_bytes(const Correlation& c) {
  return aligned_bytes(packed_floats(c.depth * c.tap_count, c.channels) * 4) +
         Slots::bytes(window_floats(c, rows_of_unit(c)) * 4);
}

void run(const Correlation& c, char* scratch) {
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

void forward(const Geometry& g, const float* x, const float* w, float* y, Correlation& c) {
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

// ---- dx. A pixel of x that is `phase` modulo the stride was read by every stride-th tap only; pixels of one phase
// form a smaller image, and its gradient is a plain correlation of dy with those taps, transposed.

void gradient_of_phase(const Geometry& g, int64_t phase_y, int64_t phase_x, const float* dy, const float* w, float* dx,
                       Correlation& c) {
  c.source = dy;
  c.batch = g.batch, c.source_height = g.out_height, c.source_width = g.out_width, c.depth = g.outputs;
  c.step_y = c.step_x = 1;
  c.tap_count = 0;
  // Backwards, so that the places read in dy ascend.
  for (int64_t ky = g.filter_height - 1; ky >= 0; --ky)
    for (int64_t kx = g.filter_width - 1; kx >= 0; --kx) {
      const int64_t y = phase_y + g.top - ky * g.dilation_y, x = phase_x + g.left - kx * g.dilation_x;
      if (y % g.stride_y != 0 || x % g.stride_x != 0) continue;
      c.taps[c.tap_count++] = {y / g.stride_y, x / g.stride_x, (ky * g.filter_width + kx) * g.inputs * g.outputs};
    }
  c.filter = w;
  c.k_step = 1, c.channel_step = g.outputs;
  const int64_t row = g.width * g.inputs;
  c.out = dx + phase_y * row + phase_x * g.inputs;
  c.out_step = g.stride_x * g.inputs, c.out_row = g.stride_y * row, c.out_image = g.height * row;
  c.rows = (g.height - phase_y + g.stride_y - 1) / g.stride_y;
  c.columns = (g.width - phase_x + g.stride_x - 1) / g.stride_x;
  c.channels = g.inputs;
}

// ---- dw[tap][i][o] = sum over pixels of x[pixel * stride + tap][i] * dy[pixel][o]

#if DRNAS_WIDTH == 16
constexpr int kDeepOne = 14, kDeepTwo = 12;
#elif DRNAS_WIDTH == 8
constexpr int kDeepOne = 12, kDeepTwo = 6;
#else
constexpr int kDeepOne = 8, kDeepTwo = 4;
#endif

struct Pixels {
  const float* x;   // at the tap and input of the tile, of the first pixel
  const float* dy;  // at the outputs of the tile
  int64_t rows, columns, x_row, x_step, dy_row, dy_step;
};

// A register tile of K inputs x N vectors of outputs takes in all pixels of a block of rows.
template <int K, int N>
void outer_tile(const Pixels& p, float* sums, int64_t sums_step) {
  vec sum[K][N];
#pragma GCC unroll 16
  for (int k = 0; k < K; ++k)
#pragma GCC unroll 2
    for (int n = 0; n < N; ++n) sum[k][n] = load(sums + k * sums_step + n * V);
  for (int64_t row = 0; row < p.rows; ++row) {
    const float* x = p.x + row * p.x_row;
    const float* g = p.dy + row * p.dy_row;
    for (int64_t column = p.columns; column > 0; --column, x += p.x_step, g += p.dy_step) {
      vec upstream[N];
#pragma GCC unroll 2
      for (int n = 0; n < N; ++n) upstream[n] = load(g + n * V);
#pragma GCC unroll 16
      for (int k = 0; k < K; ++k) {
        const vec value = broadcast(x[k]);
#pragma GCC unroll 2
        for (int n = 0; n < N; ++n) sum[k][n] += value * upstream[n];
      }
    }
  }
#pragma GCC unroll 16
  for (int k = 0; k < K; ++k)
#pragma GCC unroll 2
    for (int n = 0; n < N; ++n) store(sums + k * sums_step + n * V, sum[k][n]);
}

template <int K, int N>
inline void outer_rows(int64_t depth, const Pixels& p, float* sums, int64_t sums_step) {
  if (depth == K) return outer_tile<K, N>(p, sums, sums_step);
  if constexpr (K > 1) outer_rows<K - 1, N>(depth, p, sums, sums_step);
}

template <int N>
inline void outer_block(int64_t depth, Pixels p, float* sums, int64_t sums_step) {
  constexpr int deep = N == 1 ? kDeepOne : kDeepTwo;
  int64_t tiles = (depth + deep - 1) / deep;
  while (depth > 0) {
    const int64_t height = (depth + tiles - 1) / tiles;
    outer_rows<deep, N>(height, p, sums, sums_step);
    p.x += height;
    sums += height * sums_step;
    depth -= height;
    --tiles;
  }
}

constexpr int64_t kBlockPixels = 256;          // x and dy of a block of rows stay in the first-level cache
constexpr int64_t kMaxPartialFloats = 1 << 24;  // all partial sums together

// Groups of images with a partial sum each. A matter of shapes only, so that sums never depend on threads.
int64_t groups(const Geometry& g, int64_t sum_floats) {
  return clamp(kMaxPartialFloats / (sum_floats > 0 ? sum_floats : 1), 1, g.batch < 16 ? g.batch : 16);
}

struct FilterGradient {
  int64_t padded_outputs, sum_floats, group_count, unit_rows, window_floats;
  bool copied, dy_padded;
};

FilterGradient filter_gradient_plan(const Geometry& g, const Correlation& c) {
  FilterGradient plan;
  plan.padded_outputs = round_up(g.outputs, V);
  plan.dy_padded = plan.padded_outputs != g.outputs;
  plan.sum_floats = c.tap_count * g.inputs * plan.padded_outputs;
  plan.group_count = groups(g, plan.sum_floats);
  plan.unit_rows = clamp(kBlockPixels / (g.out_width > 0 ? g.out_width : 1), 1, g.out_height > 0 ? g.out_height : 1);
  plan.copied = !window(c, 0, g.out_height).inside(c);
  plan.window_floats = plan.copied ? window_floats(c, plan.unit_rows) : 0;
  return plan;
}

int64_t dy_floats(const Geometry& g, const FilterGradient& plan) {
  return plan.dy_padded ? plan.unit_rows * g.out_width * plan.padded_outputs : 0;
}

int64_t filter_gradient_bytes(const Geometry& g, const Correlation& c) {
  const FilterGradient plan = filter_gradient_plan(g, c);
  return aligned_bytes(plan.group_count * plan.sum_floats * 4) +
         Slots::bytes(aligned_bytes(plan.window_floats * 4) + aligned_bytes(dy_floats(g, plan) * 4));
}

void filter_gradient(const Geometry& g, const Correlation& c, const float* dy, float* dw, char* scratch) {
  const FilterGradient plan = filter_gradient_plan(g, c);
  float* const partial = carve<float>(scratch, plan.group_count * plan.sum_floats);
  Slots slots(scratch, aligned_bytes(plan.window_floats * 4) + aligned_bytes(dy_floats(g, plan) * 4));
  const Window whole = window(c, 0, c.rows);
  const int64_t row_floats = (plan.copied ? whole.last_column - whole.first_column : g.width) * g.inputs;
  Segment segments[kMaxTaps];
  const int64_t segment_count = make_segments(c, row_floats, segments);
  const int64_t step = plan.padded_outputs, vectors = step / V;

  parallel_for(plan.group_count, [&](int64_t group) {
    char* const slot = slots.take();
    char* room = slot;
    float* const copy = carve<float>(room, plan.window_floats);
    float* const padded = carve<float>(room, dy_floats(g, plan));
    float* const sums = partial + group * plan.sum_floats;
    zero_floats(sums, plan.sum_floats);
    const int64_t end = (group + 1) * g.batch / plan.group_count;
    for (int64_t image = group * g.batch / plan.group_count; image < end; ++image) {
      const float* const source = c.source + image * g.height * g.width * g.inputs;
      for (int64_t first = 0; first < c.rows; first += plan.unit_rows) {
        const int64_t rows = c.rows - first < plan.unit_rows ? c.rows - first : plan.unit_rows;
        const float* x = source + first * c.step_y * row_floats;
        if (plan.copied) {
          const Window w = window(c, first, first + rows);
          copy_window(source, g.height, g.width, g.inputs, w, copy);
          x = copy + (first * c.step_y - w.first_row) * row_floats - w.first_column * g.inputs;
        }
        const float* upstream = dy + (image * g.out_height + first) * g.out_width * g.outputs;
        if (plan.dy_padded) {
          for (int64_t pixel = 0; pixel < rows * g.out_width; ++pixel) {
            const float* from = upstream + pixel * g.outputs;
            float* to = padded + pixel * step;
            for (int64_t o = 0; o < g.outputs; ++o) to[o] = from[o];
            for (int64_t o = g.outputs; o < step; ++o) to[o] = 0;
          }
          upstream = padded;
        }
        const float* tap_x = nullptr;
        float* at = sums;
        for (int64_t s = 0; s < segment_count; ++s) {
          tap_x = x + segments[s].offset;
          for (int64_t v = 0; v < vectors; v += 2) {
            const Pixels p = {tap_x, upstream + v * V, rows, c.columns, c.step_y * row_floats, c.step_x * g.inputs,
                              g.out_width * step, step};
            if (vectors - v >= 2) {
              outer_block<2>(segments[s].length, p, at + v * V, step);
            } else {
              outer_block<1>(segments[s].length, p, at + v * V, step);
            }
          }
          at += segments[s].length * step;
        }
      }
    }
    slots.give(slot);
  });

  // The groups' sums are added in their order, whoever computed them.
  const int64_t filter_rows = c.tap_count * g.inputs;
  constexpr int64_t chunk = 256;
  parallel_for((filter_rows + chunk - 1) / chunk, [&](int64_t unit) {
    const int64_t last = (unit + 1) * chunk < filter_rows ? (unit + 1) * chunk : filter_rows;
    for (int64_t row = unit * chunk; row < last; ++row)
      for (int64_t o = 0; o < g.outputs; ++o) {
        float total = 0;
        for (int64_t group = 0; group < plan.group_count; ++group)
          total += partial[group * plan.sum_floats + row * step + o];
        dw[row * g.outputs + o] = total;
      }
  });
}

}  // namespace
}  // namespace drnas

using namespace drnas;

// The geometry of all three: batch, height, width, inputs, outputs, filter height and width, stride y and x,
// dilation y and x, padding top and left, output height and width. With scratch = 0 they only say, in args[0], how
// many bytes of scratch they need.

// ConvForward: scratch, x, w, y, geometry
DRNAS_KERNEL(ConvForward) {
  const Geometry g = geometry(args + 4);
  Correlation c;
  forward(g, pointer<float>(args[1]), pointer<float>(args[2]), pointer<float>(args[3]), c);
  if (args[0] == 0) {
    args[0] = static_cast<double>(correlation_bytes(c));
    return;
  }
  run(c, pointer<char>(args[0]));
}

// ConvGradInput: scratch, dy, w, dx, geometry
DRNAS_KERNEL(ConvGradInput) {
  const Geometry g = geometry(args + 4);
  Correlation c;
  int64_t most = 0;
  for (int64_t y = 0; y < g.stride_y && y < g.height; ++y)
    for (int64_t x = 0; x < g.stride_x && x < g.width; ++x) {
      gradient_of_phase(g, y, x, pointer<float>(args[1]), pointer<float>(args[2]), pointer<float>(args[3]), c);
      if (args[0] == 0) {
        const int64_t bytes = correlation_bytes(c);
        most = bytes > most ? bytes : most;
      } else {
        run(c, pointer<char>(args[0]));
      }
    }
  if (args[0] == 0) args[0] = static_cast<double>(most);
}

// ConvGradFilter: scratch, x, dy, dw, geometry
DRNAS_KERNEL(ConvGradFilter) {
  const Geometry g = geometry(args + 4);
  Correlation c;
  forward(g, pointer<float>(args[1]), nullptr, nullptr, c);
  if (args[0] == 0) {
    args[0] = static_cast<double>(filter_gradient_bytes(g, c));
    return;
  }
  filter_gradient(g, c, pointer<float>(args[2]), pointer<float>(args[3]), pointer<char>(args[0]));
}
