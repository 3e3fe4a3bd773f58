// ReLU, depthwise convolution, 1x1 convolution and batch norm, forward and backward, against plain loops in double.
#include "../kernel.h"
#include "check.h"

using namespace check;

extern "C" void drnas_SeparableForward(double*);
extern "C" void drnas_SeparableGrad(double*);
extern "C" int drnas_set_threads(int threads);

namespace {

typedef std::vector<double> Values;
constexpr double kEpsilon = 1e-3;

double norm_of(double x, double mean, double variance, double scale, double offset) {
  return (x - mean) / sqrt(variance + kEpsilon) * scale + offset;
}

// Calls visit(x, tap, d) with the indices of each product of the depthwise convolution.
template <class Visit>
void depthwise_products(const Shape& s, const Visit& visit) {
  each_tap(s, [&](int64_t in, int64_t tap, int64_t out) {
    for (int64_t c = 0; c < s.inputs; ++c) visit(in * s.inputs + c, tap * s.inputs + c, out * s.inputs + c);
  });
}

// deep: with a depthwise convolution; normed: with a batch norm in front of the relu.
void separable(const Shape& s, bool deep, bool normed) {
  const int64_t C = s.inputs, O = s.outputs, rows = s.batch * s.out(s.height) * s.out(s.width);
  Array x(s.batch * s.height * s.width * C), depth(s.filter * s.filter * C), point(C * O), scale(O), g(rows * O);
  Array in_mean(C), in_variance(C), in_scale(C), in_offset(C);
  for (int64_t c = 0; c < C; ++c) in_variance.data[c] = 0.5f + 0.4f * in_variance.data[c];
  Array y(rows * O), mean(O), variance(O), dx(x.count), d_depth(depth.count), d_point(C * O), d_scale(O), d_offset(O);
  Array d_in_scale(C), d_in_offset(C);
  Values geometry;
  for (int64_t v : {s.batch, s.height, s.width, C, deep ? s.filter : 0, deep ? s.filter : 0, s.stride, s.stride, s.dilation,
                    s.dilation, s.pad, s.pad, s.out(s.height), s.out(s.width), O})
    geometry.push_back(static_cast<double>(v));
  const double none = 0;
  const Values norm = {normed ? in_mean.at() : none, normed ? in_variance.at() : none, normed ? in_scale.at() : none,
                       normed ? in_offset.at() : none};
  const double depth_at = deep ? depth.at() : none;
  Values forward = joined({0, x.at()}, norm);
  for (double v : {depth_at, point.at(), y.at(), mean.at(), variance.at(), kEpsilon}) forward.push_back(v);
  forward.insert(forward.end(), geometry.begin(), geometry.end());
  with_scratch(drnas_SeparableForward, forward);
  Values backward = {0, g.at(), y.at(), mean.at(), variance.at(), scale.at(), x.at()};
  backward.insert(backward.end(), norm.begin(), norm.end());
  for (double v : {depth_at, point.at(), dx.at(), deep ? d_depth.at() : none, d_point.at(), d_scale.at(), d_offset.at(),
                   kEpsilon, none, normed ? d_in_scale.at() : none, normed ? d_in_offset.at() : none, none})
    backward.push_back(v);
  backward.insert(backward.end(), geometry.begin(), geometry.end());
  with_scratch(drnas_SeparableGrad, backward);
  // Once more with the norm's sums given: nothing may change.
  Values dx_before(dx.data, dx.data + dx.count);
  backward[19] = 1;
  with_scratch(drnas_SeparableGrad, backward);

  Values before(x.count), d(rows * C), ey(rows * O), em(O), ev(O);
  for (int64_t i = 0; i < x.count; ++i) {
    const int64_t c = i % C;
    before[i] = !normed ? x.data[i]
                        : norm_of(x.data[i], in_mean.data[c], in_variance.data[c], in_scale.data[c], in_offset.data[c]);
  }
  const auto relu = [](double v) { return v > 0 ? v : 0; };
  if (deep) depthwise_products(s, [&](int64_t i, int64_t t, int64_t o) { d[o] += relu(before[i]) * depth.data[t]; });
  else for (int64_t i = 0; i < x.count; ++i) d[i] = relu(before[i]);
  const auto point_products = [&](auto visit) {
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t c = 0; c < C; ++c)
        for (int64_t o = 0; o < O; ++o) visit(row * C + c, c * O + o, row * O + o);
  };
  point_products([&](int64_t a, int64_t w, int64_t b) { ey[b] += d[a] * point.data[w]; });
  const double n = static_cast<double>(rows);
  for (int64_t i = 0; i < rows * O; ++i) em[i % O] += ey[i] / n;
  for (int64_t i = 0; i < rows * O; ++i) ev[i % O] += (ey[i] - em[i % O]) * (ey[i] - em[i % O]) / n;
  close("separable y", y, ey, 1e-4), close("separable mean", mean, em, 1e-4), close("separable variance", variance, ev, 1e-3);

  Values s1(O), s2(O), dy(rows * O), dd(rows * C), dr(x.count), e_depth(depth.count), e_point(C * O);
  const auto hat = [&](int64_t i) { return (ey[i] - em[i % O]) / sqrt(ev[i % O] + kEpsilon); };
  for (int64_t i = 0; i < rows * O; ++i) s1[i % O] += g.data[i], s2[i % O] += g.data[i] * hat(i);
  for (int64_t i = 0; i < rows * O; ++i)
    dy[i] = scale.data[i % O] / sqrt(ev[i % O] + kEpsilon) * (g.data[i] - s1[i % O] / n - hat(i) * s2[i % O] / n);
  point_products([&](int64_t a, int64_t w, int64_t b) { dd[a] += dy[b] * point.data[w], e_point[w] += d[a] * dy[b]; });
  if (deep) {
    depthwise_products(s, [&](int64_t i, int64_t t, int64_t o) {
      dr[i] += dd[o] * depth.data[t], e_depth[t] += relu(before[i]) * dd[o];
    });
  } else {
    dr = dd;
  }
  for (int64_t i = 0; i < x.count; ++i)
    if (!(before[i] > 0)) dr[i] = 0;
  // A channel whose variance is small has large gradients: the tolerance is relative to the largest.
  const auto large = [](const Values& v) {
    double most = 1;
    for (double a : v) most = fmax(most, fabs(a));
    return 3e-4 * most;
  };
  if (normed) {
    Values e_scale(C), e_offset(C);
    for (int64_t i = 0; i < x.count; ++i) {
      const int64_t c = i % C;
      e_offset[c] += dr[i], e_scale[c] += dr[i] * (x.data[i] - in_mean.data[c]) / sqrt(in_variance.data[c] + kEpsilon);
    }
    close("separable dInScale", d_in_scale, e_scale, large(e_scale));
    close("separable dInOffset", d_in_offset, e_offset, large(e_offset));
  }
  close("separable dx with given sums", dx, dx_before, large(dr));
  close("separable dx", dx, dr, large(dr)), close("separable dPointwise", d_point, e_point, large(e_point));
  close("separable dScale", d_scale, s2, large(s2)), close("separable dOffset", d_offset, s1, large(s1));
  if (deep) close("separable dDepthwise", d_depth, e_depth, large(e_depth));
}

const Shape shapes[] = {
    {2, 8, 8, 3, 16, 3, 1, 1, 1},   {3, 9, 7, 8, 5, 3, 2, 1, 1},   {2, 1, 1, 1, 1, 3, 1, 1, 1},
    {3, 5, 6, 17, 33, 5, 1, 1, 2},  {1, 13, 11, 6, 7, 3, 1, 2, 2}, {2, 13, 11, 4, 18, 5, 2, 2, 4},
    {20, 10, 10, 12, 4, 7, 1, 1, 3}, {5, 6, 6, 36, 36, 5, 1, 2, 4}, {2, 4, 20, 67, 2, 3, 2, 2, 2},
};

}  // namespace

int separable_test() {
  const int before = failures;
  for (int threads : {1, 3}) {
    drnas_set_threads(threads);
    for (const Shape& s : shapes) {
      separable(s, true, false), separable(s, true, true);
      const Shape flat = {s.batch, s.height, s.width, s.inputs, s.outputs, 1, 1, 1, 0};
      separable(flat, false, false), separable(flat, false, true);
    }
  }
  printf("separable: %d failures\n", failures - before);
  return failures - before;
}
