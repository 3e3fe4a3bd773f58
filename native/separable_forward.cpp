// Forward pass of ReLU, depthwise convolution, 1x1 convolution, and the statistics of the batch norm behind them.
#include "separable.h"

using namespace drnas;
using namespace drnas::separable;

namespace {

struct Pass {
  Shape s;
  const float *x, *depth_weights, *point_weights;
  float *y, *mean, *variance;
  Norm in;
  double epsilon;
};

int64_t slot_bytes(const Shape& s) {
  return cache_bytes(s) + aligned_bytes(s.block_pixels() * s.g.channels * 4) +
         aligned_bytes(moments_room_floats(s.rows) * 4);
}

int64_t scratch_bytes(const Shape& s) {
  return activation_bytes(s) + depthwise::repeated_bytes(s.g) +
         aligned_bytes(packed_floats(s.g.channels, s.outputs) * 4) +
         aligned_bytes(s.g.batch * s.rows.chunks * 2 * s.outputs * 8) + Slots::bytes(slot_bytes(s));
}

void run(const Pass& p, char* scratch) {
  const Shape& s = p.s;
  const depthwise::Geometry& g = s.g;
  const Activation a = activation(s, p.in, p.epsilon, scratch);
  float* const deep = carve<float>(scratch, g.taps() * g.period());
  if (s.deep) depthwise::repeat_weights(g, p.depth_weights, false, g.period(), deep);
  float* const packed = carve<float>(scratch, packed_floats(g.channels, s.outputs));
  pack(p.point_weights, s.outputs, 1, 0, g.channels, g.channels, s.outputs, packed);
  const Packed point = {packed, g.channels, s.outputs};
  const int64_t parts = s.rows.chunks;
  double* const moments = carve<double>(scratch, g.batch * parts * 2 * s.outputs);
  Slots slots(scratch, slot_bytes(s));

  parallel_for(g.batch, [&](int64_t image) {
    char* const slot = slots.take();
    char* room = slot;
    depthwise::RowCache rows = make_cache(s, a, p.x + image * g.image_floats(), room);
    float* const block = carve<float>(room, s.block_pixels() * g.channels);
    float* const sums = carve<float>(room, moments_room_floats(s.rows));
    float* const y = p.y + image * s.pixels() * s.outputs;
    const Segment segment = {0, g.channels};
    depthwise::Reads reads;
    for (int64_t row = 0; row < g.out_height;) {
      const int64_t together = depthwise::rows_together(g, row);
      const float* const d = deep_rows(s, rows, deep, row, together, reads, block);
      correlate(d, 0, g.channels, 1, together * g.out_width, &segment, 1, point, y + row * g.out_width * s.outputs, 0,
                s.outputs);
      row += together;
    }
    for (int64_t part = 0; part < parts; ++part) {
      double* const at = moments + (image * parts + part) * 2 * s.outputs;
      chunk_moments(s.rows, part, y, sums, {at, at + s.outputs});
    }
    slots.give(slot);
  });
  join_moments(s.outputs, g.batch * parts, [&](int64_t part) { return s.rows.count(part % parts); }, moments);
  finish_moments(s.outputs, g.batch * s.pixels(), moments, p.mean, p.variance);
}

}  // namespace

// SeparableForward: scratch (0: asks for its bytes, in args[0]), x, the batch norm in front of it (mean, variance, scale,
// offset; mean 0: none), depthwise weights [filter][channels], 1x1 weights [channels][outputs], y, mean and variance of
// y's channels, epsilon, then the shape: a depthwise geometry (filter sizes 0: no depthwise convolution) and the outputs.
DRNAS_KERNEL(SeparableForward) {
  const Shape s = shape(args + 12);
  if (args[0] == 0) {
    args[0] = static_cast<double>(scratch_bytes(s));
    return;
  }
  run({s, pointer<float>(args[1]), pointer<float>(args[6]), pointer<float>(args[7]), pointer<float>(args[8]),
       pointer<float>(args[9]), pointer<float>(args[10]), norm(args + 2), args[11]},
      pointer<char>(args[0]));
}

// z = BN(y), each image times its factor (0: the images stay as they are). What is multiplied by 0 is not read.
// SeparableNormalise: y, z, mean, variance, scale, offset (the last two may be 0), factors, batch, pixels, channels, epsilon,
// scratch (0: asks for its bytes, in args[11])
DRNAS_KERNEL(SeparableNormalise) {
  const int64_t batch = integer(args[7]);
  const Rows rows(integer(args[8]), integer(args[9]));
  if (args[11] == 0) {
    args[11] = static_cast<double>(3 * aligned_bytes(rows.period * 4));
    return;
  }
  const Norm n = norm(args + 2);
  const float* const factors = pointer<float>(args[6]);
  char* scratch = pointer<char>(args[11]);
  float* const mean = carve<float>(scratch, rows.period);
  float* const factor = carve<float>(scratch, rows.period);
  float* const offset = carve<float>(scratch, rows.period);
  for (int64_t i = 0, c = 0; i < rows.period; ++i) {
    mean[i] = n.mean[c];
    factor[i] = static_cast<float>(factor_of(n, c, args[10]));
    offset[i] = n.offset ? n.offset[c] : 0.0f;
    if (++c == rows.channels) c = 0;
  }
  const float* const y = pointer<float>(args[0]);
  float* const z = pointer<float>(args[1]);
  const int64_t image_floats = rows.rows * rows.channels;
  parallel_for(batch * rows.chunks, [&](int64_t unit) {
    const int64_t image = unit / rows.chunks, chunk = unit % rows.chunks;
    const float keep = factors ? factors[image] : 1.0f;
    const float* const from = y + image * image_floats;
    float* const to = z + image * image_floats;
    if (keep == 0) return fill(to + rows.first(chunk) * rows.channels, 0, rows.count(chunk) * rows.channels);
    each_period(rows, chunk, [&](int64_t at, int64_t count) {
      const float* __restrict__ const in = from + at;
      float* __restrict__ const out = to + at;
      for (int64_t i = 0; i < count; ++i) out[i] = ((in[i] - mean[i]) * factor[i] + offset[i]) * keep;
    });
  });
}
