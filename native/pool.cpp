// Average and maximum pooling over NHWC images, and their gradients. Padding takes no part: an average divides by the
// number of cells inside the image, forward and backward.
#include "kernel.h"
#include "slots.h"

using namespace drnas;

namespace {

struct Geometry {
  int64_t batch, height, width, channels, size_y, size_x, stride_y, stride_x, dilation_y, dilation_x, top, left;
  int64_t out_height, out_width;
};

Geometry geometry(const double* args) {
  int64_t v[14];
  for (int i = 0; i < 14; ++i) v[i] = integer(args[i]);
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13]};
}

// Output positions [first, last) whose input position out*stride + offset lies in [0, length).
struct Range {
  int64_t first, last;
};
Range inside(int64_t offset, int64_t stride, int64_t length, int64_t outputs) {
  int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  int64_t last = length - 1 - offset < 0 ? 0 : (length - 1 - offset) / stride + 1;
  if (last > outputs) last = outputs;
  if (first > last) first = last;
  return {first, last};
}

// The number of taps of output position `out` that lie inside.
int64_t valid(int64_t out, int64_t stride, int64_t dilation, int64_t size, int64_t before, int64_t length) {
  int64_t count = 0;
  for (int64_t k = 0; k < size; ++k) {
    const int64_t at = out * stride + k * dilation - before;
    count += at >= 0 && at < length;
  }
  return count;
}

// For each tap inside the image: body(input floats, output floats, how many) over output row `row`, where with stride 1
// all columns of a tap are one run. `x` and `y` point to the image and to the output row.
template <class Body>
inline void each_run(const Geometry& g, int64_t row, const Body& body) {
  for (int64_t ky = 0; ky < g.size_y; ++ky) {
    const int64_t in_row = row * g.stride_y + ky * g.dilation_y - g.top;
    if (in_row < 0 || in_row >= g.height) continue;
    for (int64_t kx = 0; kx < g.size_x; ++kx) {
      const int64_t offset = kx * g.dilation_x - g.left;
      const Range columns = inside(offset, g.stride_x, g.width, g.out_width);
      if (columns.first == columns.last) continue;
      const int64_t x = (in_row * g.width + columns.first * g.stride_x + offset) * g.channels;
      if (g.stride_x == 1) {
        body(x, columns.first * g.channels, (columns.last - columns.first) * g.channels);
      } else {
        for (int64_t column = columns.first; column < columns.last; ++column)
          body(x + (column - columns.first) * g.stride_x * g.channels, column * g.channels, g.channels);
      }
    }
  }
}

// Multiplies a row of outputs by 1/(cells inside).
void divide_row(const Geometry& g, int64_t row, const float* from, float* to) {
  const int64_t rows = valid(row, g.stride_y, g.dilation_y, g.size_y, g.top, g.height);
  for (int64_t column = 0; column < g.out_width; ++column) {
    const int64_t cells = rows * valid(column, g.stride_x, g.dilation_x, g.size_x, g.left, g.width);
    const float share = cells > 0 ? 1.0f / static_cast<float>(cells) : 0.0f;
    const float* __restrict__ const in = from + column * g.channels;
    float* const out = to + column * g.channels;
    for (int64_t c = 0; c < g.channels; ++c) out[c] = in[c] * share;
  }
}

}  // namespace

// The geometry: batch, height, width, channels, window height and width, stride y and x, dilation y and x, padding top
// and left, output height and width. With scratch = 0 the gradients only say, in args[0], how much of it they need.

// AvgPool: x, y, geometry
DRNAS_KERNEL(AvgPool) {
  const float* const x = pointer<float>(args[0]);
  float* const y = pointer<float>(args[1]);
  const Geometry g = geometry(args + 2);
  const int64_t row_floats = g.out_width * g.channels;
  parallel_for(g.batch * g.out_height, [&](int64_t unit) {
    const float* const image = x + unit / g.out_height * g.height * g.width * g.channels;
    float* const out = y + unit * row_floats;
    for (int64_t i = 0; i < row_floats; ++i) out[i] = 0;
    each_run(g, unit % g.out_height, [&](int64_t from, int64_t to, int64_t count) {
      const float* __restrict__ const a = image + from;
      float* __restrict__ const b = out + to;
      for (int64_t i = 0; i < count; ++i) b[i] += a[i];
    });
    divide_row(g, unit % g.out_height, out, out);
  });
}

// AvgPoolGrad: scratch, dy, dx, geometry
DRNAS_KERNEL(AvgPoolGrad) {
  const Geometry g = geometry(args + 3);
  const int64_t row_floats = g.out_width * g.channels, image_floats = g.height * g.width * g.channels;
  if (args[0] == 0) {
    args[0] = static_cast<double>(Slots::bytes(row_floats * 4));
    return;
  }
  const float* const dy = pointer<float>(args[1]);
  float* const dx = pointer<float>(args[2]);
  Slots slots(pointer<char>(args[0]), row_floats * 4);
  parallel_for(g.batch, [&](int64_t image) {
    char* const slot = slots.take();
    float* const share = reinterpret_cast<float*>(slot);
    float* const out = dx + image * image_floats;
    for (int64_t i = 0; i < image_floats; ++i) out[i] = 0;
    for (int64_t row = 0; row < g.out_height; ++row) {
      divide_row(g, row, dy + (image * g.out_height + row) * row_floats, share);
      each_run(g, row, [&](int64_t to, int64_t from, int64_t count) {
        const float* __restrict__ const a = share + from;
        float* __restrict__ const b = out + to;
        for (int64_t i = 0; i < count; ++i) b[i] += a[i];
      });
    }
    slots.give(slot);
  });
}

// MaxPool: x, y, geometry
DRNAS_KERNEL(MaxPool) {
  const float* const x = pointer<float>(args[0]);
  float* const y = pointer<float>(args[1]);
  const Geometry g = geometry(args + 2);
  const int64_t row_floats = g.out_width * g.channels;
  parallel_for(g.batch * g.out_height, [&](int64_t unit) {
    const float* const image = x + unit / g.out_height * g.height * g.width * g.channels;
    float* const out = y + unit * row_floats;
    for (int64_t i = 0; i < row_floats; ++i) out[i] = -__builtin_inff();
    each_run(g, unit % g.out_height, [&](int64_t from, int64_t to, int64_t count) {
      const float* __restrict__ const a = image + from;
      float* __restrict__ const b = out + to;
      for (int64_t i = 0; i < count; ++i) b[i] = a[i] > b[i] ? a[i] : b[i];  // passes over a NaN, as tfjs does
    });
  });
}

// The gradient goes to the first cell that holds the largest value.
// MaxPoolGrad: scratch, dy, x, dx, geometry
DRNAS_KERNEL(MaxPoolGrad) {
  const Geometry g = geometry(args + 4);
  const int64_t row_floats = g.out_width * g.channels, image_floats = g.height * g.width * g.channels;
  const int64_t slot_bytes = 2 * aligned_bytes(row_floats * 4);
  if (args[0] == 0) {
    args[0] = static_cast<double>(Slots::bytes(slot_bytes));
    return;
  }
  const float* const dy = pointer<float>(args[1]);
  const float* const x = pointer<float>(args[2]);
  float* const dx = pointer<float>(args[3]);
  Slots slots(pointer<char>(args[0]), slot_bytes);
  parallel_for(g.batch, [&](int64_t image) {
    char* const slot = slots.take();
    char* room = slot;
    float* const best = carve<float>(room, row_floats);
    int32_t* const where = carve<int32_t>(room, row_floats);
    const float* const in = x + image * image_floats;
    float* const out = dx + image * image_floats;
    for (int64_t i = 0; i < image_floats; ++i) out[i] = 0;
    for (int64_t row = 0; row < g.out_height; ++row) {
      for (int64_t i = 0; i < row_floats; ++i) best[i] = -__builtin_inff(), where[i] = -1;
      each_run(g, row, [&](int64_t from, int64_t to, int64_t count) {
        for (int64_t i = 0; i < count; ++i) {
          const bool better = in[from + i] > best[to + i];
          best[to + i] = better ? in[from + i] : best[to + i];
          where[to + i] = better ? static_cast<int32_t>(from + i) : where[to + i];
        }
      });
      const float* const upstream = dy + (image * g.out_height + row) * row_floats;
      for (int64_t i = 0; i < row_floats; ++i)
        if (where[i] >= 0) out[where[i]] += upstream[i];
    }
    slots.give(slot);
  });
}
