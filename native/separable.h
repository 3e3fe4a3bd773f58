// ReLU, depthwise convolution, 1x1 convolution and batch norm as one: sizes, and what passes over an image share.
//
//   r = relu(a(x)),  d = r * w_depth (one filter a channel; left out where there is none),  y = d w,  z = BN(y)
//
// a is nothing, or the batch norm in front of x, so that its output never needs to be stored. r and d live in the cache,
// a few rows of one image at a time; only y is stored, and the backward pass computes r and d once more out of x.
#pragma once
#include "correlate.h"
#include "depthwise.h"
#include "moments.h"

namespace drnas {
namespace separable {

using depthwise::Activation;

struct Shape {
  depthwise::Geometry g;  // filter 1x1 and `plain` where there is no depthwise convolution
  bool deep;              // whether there is one
  int64_t outputs;
  Rows rows;  // of y in one image: its chunks are the parts of the statistics

  int64_t pixels() const { return g.out_height * g.out_width; }
  int64_t padded_outputs() const { return round_up(outputs, V); }
  int64_t block_pixels() const { return depthwise::kRowsAtOnce * g.out_width; }
};
constexpr int kShapeArgs = depthwise::kGeometryArgs + 1;

// The geometry of a depthwise convolution (filter sizes 0 where there is none), and the outputs of the 1x1.
inline Shape shape(const double* args) {
  depthwise::Geometry g = depthwise::geometry(args);
  const bool deep = g.filter_height > 0;
  if (!deep) g.filter_height = g.filter_width = 1;
  const int64_t outputs = integer(args[depthwise::kGeometryArgs]);
  return {g, deep, outputs, Rows(g.out_height * g.out_width, outputs)};
}

// The batch norm in front of the input, as its four vectors (scale and offset may be null); mean null: there is none.
struct Norm {
  const float *mean, *variance, *scale, *offset;
};
inline Norm norm(const double* args) {
  return {pointer<float>(args[0]), pointer<float>(args[1]), pointer<float>(args[2]), pointer<float>(args[3])};
}

inline double factor_of(const Norm& n, int64_t c, double epsilon) {
  const double inverse = inverse_deviation(static_cast<double>(n.variance[c]), epsilon);
  return n.scale ? inverse * static_cast<double>(n.scale[c]) : inverse;
}

inline int64_t activation_bytes(const Shape& s) { return 3 * aligned_bytes(s.g.in_floats() * 4); }

// relu(BN(x)), coefficients over a row of the image.
inline Activation activation(const Shape& s, const Norm& n, double epsilon, char*& room) {
  Activation a;
  a.relu = true;
  if (!n.mean) return a;
  const int64_t count = s.g.in_floats();
  float* const mean = carve<float>(room, count);
  float* const factor = carve<float>(room, count);
  float* const offset = carve<float>(room, count);
  for (int64_t i = 0, c = 0; i < count; ++i) {
    mean[i] = n.mean[c];
    factor[i] = static_cast<float>(factor_of(n, c, epsilon));
    offset[i] = n.offset ? n.offset[c] : 0.0f;
    if (++c == s.g.channels) c = 0;
  }
  a.mean = mean, a.factor = factor, a.offset = offset;
  return a;
}

// The rows of d [pixel][channels] that `together` rows of outputs from `row` on are made of, at `to` or in the cache.
inline const float* deep_rows(const Shape& s, depthwise::RowCache& rows, const float* weights, int64_t row,
                              int64_t together, depthwise::Reads& reads, float* to) {
  const depthwise::Geometry& g = s.g;
  if (s.deep) {
    depthwise::make_reads(g, rows, row, together, reads);
    depthwise::convolve_rows(g, reads, weights, together, to);
  } else {
    const float* const image = rows.image + row * g.in_floats();
    for (int64_t r = 0; r < together; ++r)
      depthwise::activate(rows.activation, image + r * g.in_floats(), 0, g.in_floats(), to + r * g.in_floats());
  }
  return to;
}

inline int64_t cache_bytes(const Shape& s) { return s.deep ? depthwise::cache_bytes(s.g) : 0; }
inline depthwise::RowCache make_cache(const Shape& s, const Activation& a, const float* image, char*& room) {
  if (s.deep) return depthwise::make_cache(s.g, a, image, room);
  return {s.g, a, image, nullptr, 0, nullptr};
}

}  // namespace separable
}  // namespace drnas
