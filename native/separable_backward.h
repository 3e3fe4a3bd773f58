// Memory of the separable stage's backward pass: its arguments, what all images share, and the room of a group of images.
#pragma once
#include "separable.h"

namespace drnas {
namespace separable {

struct Pass {
  Shape s;
  const float *g, *y, *x, *depth_weights, *point_weights;
  Norm out, in;
  const float* keep;  // what z of each image was multiplied by; null: nothing
  float *dx, *d_depth, *d_point, *dscale, *doffset;  // null where not wanted; d_depth and d_point together
  bool summed;                                       // dscale and doffset are known already
  float *d_in_scale, *d_in_offset;                   // of the norm in front; null where not wanted
  double epsilon;
};

// Groups of images with partial sums of their own: a matter of shapes only.
inline int64_t group_count(const Shape& s) {
  constexpr int64_t most_floats = 1 << 23;
  const int64_t floats = s.g.channels * s.padded_outputs();
  const int64_t fit = most_floats / (floats > 0 ? floats : 1), wanted = s.g.batch < 16 ? s.g.batch : 16;
  const int64_t most = fit < wanted ? fit : wanted;
  return most < 1 ? 1 : most;
}
inline int64_t point_floats(const Shape& s) { return s.g.channels * s.padded_outputs(); }
inline int64_t tap_floats(const Shape& s) { return s.deep ? s.g.taps() * s.g.channels : 0; }

// What all images share.
struct Shared {
  float *slope, *mean, *factor, *offset;  // dy = factor g - offset - slope (y - mean), for each padded output
  float* deep;                            // depthwise weights over a period
  float* turned;                          // over a period of dx, turned round; with a stride over a row of outputs
  float* packed;                          // 1x1 weights, transposed
  float* point_partial;                   // [group][channels][padded outputs]
  double* depth_partial;                  // [group][tap][channels]
  double* sums;                           // [image, chunk of y][g, g (y - mean)][outputs]
  double* in_partial;                     // [group][dx, dx (x - mean)][channels], for the norm in front
};

inline int64_t turned_floats(const Shape& s) {
  if (!s.deep) return 0;
  return s.g.taps() * (s.g.plain() ? transposed(s.g).period() : s.g.out_floats());
}
inline int64_t sum_parts(const Shape& s) { return s.g.batch * s.rows.chunks; }

inline Shared take_shared(const Shape& s, char*& at) {
  Shared k;
  k.slope = carve<float>(at, s.padded_outputs());
  k.mean = carve<float>(at, s.padded_outputs());
  k.factor = carve<float>(at, s.padded_outputs());
  k.offset = carve<float>(at, s.padded_outputs());
  k.deep = carve<float>(at, s.deep ? s.g.taps() * s.g.period() : 0);
  k.turned = carve<float>(at, turned_floats(s));
  k.packed = carve<float>(at, packed_floats(s.outputs, s.g.channels));
  k.point_partial = carve<float>(at, group_count(s) * point_floats(s));
  k.depth_partial = carve<double>(at, group_count(s) * tap_floats(s));
  k.sums = carve<double>(at, sum_parts(s) * 2 * s.outputs);
  k.in_partial = carve<double>(at, group_count(s) * 2 * s.g.channels);
  return k;
}

// Working memory of one running group of images.
struct Room {
  char* cache;        // of r's rows
  float *dy, *d;      // a block of rows: [pixel][padded outputs], [pixel][channels]
  float* dd;          // of a whole image [pixel][channels]; without a depthwise convolution of a block of rows
  char* dd_cache;     // of dd's rows, for the transposed convolution
  float* dr;          // a block of rows; with a stride one copied row
  float* depth_sums;  // [tap][a row of outputs]
  float *period_sums, *period_products, *period_mean;  // of the batch norm's sums
  float *in_sums, *in_products;                        // of the norm in front, over a row of the image
};

inline Room take_room(const Shape& s, char*& at) {
  Room r;
  r.cache = carve<char>(at, cache_bytes(s));
  r.dy = carve<float>(at, s.block_pixels() * s.padded_outputs());
  r.d = carve<float>(at, s.block_pixels() * s.g.channels);
  r.dd = carve<float>(at, (s.deep ? s.pixels() : s.block_pixels()) * s.g.channels);
  r.dd_cache = carve<char>(at, s.deep && s.g.plain() ? depthwise::cache_bytes(transposed(s.g)) : 0);
  r.dr = carve<float>(at, !s.deep ? 0 : s.g.plain() ? depthwise::kRowsAtOnce * s.g.in_floats() : s.g.row_floats());
  r.depth_sums = carve<float>(at, s.deep ? s.g.taps() * s.g.out_floats() : 0);
  r.period_sums = carve<float>(at, s.rows.period);
  r.period_products = carve<float>(at, s.rows.period);
  r.period_mean = carve<float>(at, s.rows.period);
  r.in_sums = carve<float>(at, s.g.in_floats());
  r.in_products = carve<float>(at, s.g.in_floats());
  return r;
}

// carve() only adds, so that a made-up address measures.
constexpr int64_t kNowhere = 64;
template <class Take>
int64_t bytes_of(const Take& take) {
  char* at = reinterpret_cast<char*>(kNowhere);
  take(at);
  return reinterpret_cast<intptr_t>(at) - kNowhere;
}

inline int64_t room_bytes(const Shape& s) {
  return bytes_of([&](char*& at) { take_room(s, at); });
}
inline int64_t scratch_bytes(const Shape& s) {
  return bytes_of([&](char*& at) { take_shared(s, at); }) + activation_bytes(s) + Slots::bytes(room_bytes(s));
}

}  // namespace separable
}  // namespace drnas
