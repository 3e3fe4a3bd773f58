// Backward pass of ReLU, depthwise convolution, 1x1 convolution and batch norm.
//
// With g the gradient of z, n rows, and yhat = (y - mean)/deviation:
//   doffset = sum g,  dscale = sum g yhat,  dy = scale/deviation (g - doffset/n - yhat dscale/n)
//   dd = dy w',  dw = d' dy,  dr = dd correlated with the depthwise filter,  dx = dr where r > 0
// One pass over y and g for the sums (the next stage gives them where it stands behind), then one pass image by image for
// everything else, all in the cache.
#include "depthwise_gradient.h"
#include "outer.h"
#include "separable_backward.h"

using namespace drnas;
using namespace drnas::separable;

namespace {

// The sums of g and of g (y - mean), chunk by chunk of each image.
void batch_norm_sums(const Pass& p, const Shared& k, Slots& slots) {
  const int64_t C = p.s.outputs;
  const Rows& rows = p.s.rows;
  parallel_for(sum_parts(p.s), [&](int64_t part) {
    const int64_t image = part / rows.chunks, before = image * rows.rows * C;
    double* const to = k.sums + part * 2 * C;
    const double keep = p.keep ? static_cast<double>(p.keep[image]) : 1;
    if (keep == 0) {
      for (int64_t c = 0; c < 2 * C; ++c) to[c] = 0;
      return;
    }
    char* const slot = slots.take();
    char* at = slot;
    const Room room = take_room(p.s, at);
    float* __restrict__ const sum = room.period_sums;
    float* __restrict__ const product = room.period_products;
    spread(rows, p.out.mean, room.period_mean);
    fill(sum, 0, rows.period);
    fill(product, 0, rows.period);
    each_period(rows, part % rows.chunks, [&](int64_t first, int64_t count) {
      const float* __restrict__ const g = p.g + before + first;
      const float* __restrict__ const y = p.y + before + first;
      const float* __restrict__ const mean = room.period_mean;
      for (int64_t i = 0; i < count; ++i) {
        sum[i] += g[i];
        product[i] += g[i] * (y[i] - mean[i]);
      }
    });
    fold(rows, sum, to);
    fold(rows, product, to + C);
    for (int64_t c = 0; c < 2 * C; ++c) to[c] *= keep;
    slots.give(slot);
  });
}

// What dy is made of: from the sums over all chunks, or from dscale and doffset where they are known.
void output_coefficients(const Pass& p, const Shared& k, Slots& slots) {
  const int64_t C = p.s.outputs;
  if (!p.summed) batch_norm_sums(p, k, slots);
  const int64_t values = p.s.g.batch * p.s.pixels();
  const double n = static_cast<double>(values > 0 ? values : 1);
  for (int64_t c = 0; c < p.s.padded_outputs(); ++c) {
    if (c >= C) {
      k.factor[c] = k.slope[c] = k.offset[c] = k.mean[c] = 0;
      continue;
    }
    const double inverse = inverse_deviation(static_cast<double>(p.out.variance[c]), p.epsilon);
    const double factor = factor_of(p.out, c, p.epsilon);
    double sum = 0, product = 0;
    if (p.summed) {
      sum = static_cast<double>(p.doffset[c]), product = static_cast<double>(p.dscale[c]) / inverse;
    } else {
      for (int64_t part = 0; part < sum_parts(p.s); ++part) {
        sum += k.sums[part * 2 * C + c];
        product += k.sums[part * 2 * C + C + c];
      }
      if (p.doffset) p.doffset[c] = static_cast<float>(sum);
      if (p.dscale) p.dscale[c] = static_cast<float>(product * inverse);
    }
    k.factor[c] = static_cast<float>(factor);
    k.slope[c] = static_cast<float>(factor * inverse * inverse * product / n);
    k.offset[c] = static_cast<float>(factor * sum / n);
    k.mean[c] = p.out.mean[c];
  }
}

// dy of `pixels` pixels, in rows of padded outputs. What a vector reads behind a pixel's outputs belongs to the pixels after
// it and ends up in the padding, which nobody reads; the last ones have none after them.
void output_gradient(const Shape& s, const Shared& k, float keep, const float* g, const float* y, int64_t pixels,
                     float* to) {
  const int64_t C = s.outputs, step = s.padded_outputs(), after = (step - C + C - 1) / C;
  int64_t pixel = 0;
  for (; pixel < pixels - after; ++pixel, g += C, y += C, to += step)
    for (int64_t c = 0; c < C; c += V)
      store(to + c, load(k.factor + c) * (load(g + c) * keep) - load(k.offset + c) -
                        load(k.slope + c) * (load(y + c) - load(k.mean + c)));
  for (; pixel < pixels; ++pixel, g += C, y += C, to += step)
    for (int64_t c = 0; c < step; ++c)
      to[c] = c < C ? k.factor[c] * (g[c] * keep) - k.offset[c] - k.slope[c] * (y[c] - k.mean[c]) : 0.0f;
}

// Lets a gradient through where r > 0. `dr` may be `dx`. With a norm in front it also adds up that norm's sums.
void gate(const Activation& a, const Room& room, const float* x, const float* dr, int64_t rows, int64_t row_floats,
          float* dx) {
  for (int64_t row = 0; row < rows; ++row, x += row_floats, dr += row_floats, dx += row_floats) {
    if (a.factor) {
      const float *const mean = a.mean, *const factor = a.factor, *const offset = a.offset;
      float *const sums = room.in_sums, *const products = room.in_products;
      DRNAS_INDEPENDENT
      for (int64_t i = 0; i < row_floats; ++i) {
        const float centred = x[i] - mean[i], through = centred * factor[i] + offset[i] > 0 ? dr[i] : 0.0f;
        dx[i] = through;
        sums[i] += through;
        products[i] += through * centred;
      }
    } else {
      DRNAS_INDEPENDENT
      for (int64_t i = 0; i < row_floats; ++i) dx[i] = x[i] > 0 ? dr[i] : 0.0f;
    }
  }
}

// A group's sums for the norm in front, by channel.
void fold_in_sums(const Shape& s, const Room& room, double* to) {
  const int64_t C = s.g.channels;
  for (int64_t c = 0; c < 2 * C; ++c) to[c] = 0;
  for (int64_t i = 0, c = 0; i < s.g.in_floats(); ++i) {
    to[c] += static_cast<double>(room.in_sums[i]);
    to[C + c] += static_cast<double>(room.in_products[i]);
    if (++c == C) c = 0;
  }
}

// dx out of dd of the whole image.
void input_gradient(const Pass& p, const Shared& k, const Activation& a, const Room& room, int64_t image) {
  const depthwise::Geometry& g = p.s.g;
  const float* const x = p.x + image * g.image_floats();
  float* const dx = p.dx + image * g.image_floats();
  if (!g.plain()) {
    depthwise::gather_image(g, room.dd, k.turned, room.dr, dx);
    gate(a, room, x, dx, g.height, g.in_floats(), dx);
    return;
  }
  const depthwise::Geometry t = transposed(g);
  char* at = room.dd_cache;
  depthwise::RowCache rows = depthwise::make_cache(t, {}, room.dd, at);
  depthwise::Reads reads;
  for (int64_t row = 0; row < g.height;) {
    const int64_t together = depthwise::rows_together(t, row);
    depthwise::make_reads(t, rows, row, together, reads);
    depthwise::convolve_rows(t, reads, k.turned, together, room.dr);
    gate(a, room, x + row * g.in_floats(), room.dr, together, g.in_floats(), dx + row * g.in_floats());
    row += together;
  }
}

void backward_image(const Pass& p, const Shared& k, const Activation& a, const Room& room, int64_t image,
                    float* point_sums) {
  const Shape& s = p.s;
  const depthwise::Geometry& g = s.g;
  const int64_t C = g.channels, step = s.padded_outputs();
  const Packed transposed_weights = {k.packed, s.outputs, C};
  const Segment segment = {0, s.outputs};
  const float* const x = p.x + image * g.image_floats();
  char* at = room.cache;
  depthwise::RowCache rows = make_cache(s, a, x, at);
  depthwise::Reads reads;
  for (int64_t row = 0; row < g.out_height;) {
    const int64_t together = depthwise::rows_together(g, row), pixels = together * g.out_width;
    const int64_t first = (image * s.pixels() + row * g.out_width) * s.outputs;
    output_gradient(s, k, p.keep ? p.keep[image] : 1.0f, p.g + first, p.y + first, pixels, room.dy);
    float* const dd = room.dd + (s.deep ? row * g.out_floats() : 0);
    if (s.deep || p.dx) correlate(room.dy, 0, step, 1, pixels, &segment, 1, transposed_weights, dd, 0, C);
    if (p.d_point) {
      const float* const d = deep_rows(s, rows, k.deep, row, together, reads, room.d);
      outer_products(C, step / V, {d, room.dy, 1, pixels, 0, C, 0, step}, point_sums, step);
      if (s.deep) filter_products(g, reads, dd, together, room.depth_sums);
    }
    if (!s.deep && p.dx) {
      const int64_t from = row * g.in_floats();
      gate(a, room, x + from, dd, together, g.in_floats(), p.dx + image * g.image_floats() + from);
    }
    row += together;
  }
  if (s.deep && p.dx) input_gradient(p, k, a, room, image);
}

// Adds the groups' sums in their order.
void add_groups(const Pass& p, const Shared& k) {
  const Shape& s = p.s;
  const int64_t count = group_count(s), step = s.padded_outputs();
  parallel_for(s.g.channels, [&](int64_t in) {
    for (int64_t o = 0; o < s.outputs; ++o) {
      float total = 0;
      for (int64_t group = 0; group < count; ++group) total += k.point_partial[group * point_floats(s) + in * step + o];
      p.d_point[in * s.outputs + o] = total;
    }
  });
  for (int64_t i = 0; i < tap_floats(s); ++i) {
    double total = 0;
    for (int64_t group = 0; group < count; ++group) total += k.depth_partial[group * tap_floats(s) + i];
    p.d_depth[i] = static_cast<float>(total);
  }
}

void run(const Pass& p, char* scratch) {
  const Shape& s = p.s;
  const Shared k = take_shared(s, scratch);
  const Activation a = activation(s, p.in, p.epsilon, scratch);
  Slots slots(scratch, room_bytes(s));
  output_coefficients(p, k, slots);
  if (s.deep) {
    depthwise::repeat_weights(s.g, p.depth_weights, false, s.g.period(), k.deep);
    const bool plain = s.g.plain();
    depthwise::repeat_weights(s.g, p.depth_weights, plain, turned_floats(s) / s.g.taps(), k.turned);
  }
  pack(p.point_weights, 1, s.outputs, 0, s.outputs, s.outputs, s.g.channels, k.packed);
  const int64_t count = group_count(s);
  parallel_for(count, [&](int64_t group) {
    char* const slot = slots.take();
    char* at = slot;
    const Room room = take_room(s, at);
    float* const point_sums = k.point_partial + group * point_floats(s);
    if (p.d_point) {
      fill(point_sums, 0, point_floats(s));
      if (s.deep) fill(room.depth_sums, 0, s.g.taps() * s.g.out_floats());
    }
    if (a.factor) fill(room.in_sums, 0, s.g.in_floats()), fill(room.in_products, 0, s.g.in_floats());
    for (int64_t image = group * s.g.batch / count; image < (group + 1) * s.g.batch / count; ++image)
      backward_image(p, k, a, room, image, point_sums);
    if (p.d_point && s.deep) depthwise::fold_filter(s.g, room.depth_sums, k.depth_partial + group * tap_floats(s));
    if (p.d_in_scale) fold_in_sums(s, room, k.in_partial + group * 2 * s.g.channels);
    slots.give(slot);
  });
  if (p.d_point) add_groups(p, k);
  for (int64_t c = 0; p.d_in_scale && c < s.g.channels; ++c) {
    double sum = 0, product = 0;
    for (int64_t group = 0; group < count; ++group) {
      sum += k.in_partial[group * 2 * s.g.channels + c];
      product += k.in_partial[group * 2 * s.g.channels + s.g.channels + c];
    }
    p.d_in_offset[c] = static_cast<float>(sum);
    p.d_in_scale[c] = static_cast<float>(product * inverse_deviation(static_cast<double>(p.in.variance[c]), p.epsilon));
  }
}

}  // namespace

// SeparableGrad: scratch (0: asks for its bytes, in args[0]), the gradient g of z, y, mean, variance and scale of the batch
// norm behind (scale may be 0), x, the batch norm in front of x (mean, variance, scale, offset; mean 0: none), depthwise
// and 1x1 weights, then the gradients: of what the relu sees, of both weights, of scale and offset (each 0 where it is not
// wanted, the weights' both or none), epsilon, 1 where the last two are given (by what came out of the next stage as the
// following two), the gradients of scale and offset of the batch norm in front (both 0 where they are not wanted; without
// dx there are none), what z of each image was multiplied by (0: nothing; only where the sums are not given), and the shape
// as in SeparableForward.
DRNAS_KERNEL(SeparableGrad) {
  const Shape s = shape(args + 23);
  if (args[0] == 0) {
    args[0] = static_cast<double>(scratch_bytes(s));
    return;
  }
  run({s, pointer<float>(args[1]), pointer<float>(args[2]), pointer<float>(args[6]), pointer<float>(args[11]),
       pointer<float>(args[12]), {pointer<float>(args[3]), pointer<float>(args[4]), pointer<float>(args[5]), nullptr},
       norm(args + 7), pointer<float>(args[22]), pointer<float>(args[13]), pointer<float>(args[14]), pointer<float>(args[15]),
       pointer<float>(args[16]), pointer<float>(args[17]), args[19] != 0, pointer<float>(args[20]),
       pointer<float>(args[21]), args[18]},
      pointer<char>(args[0]));
}
