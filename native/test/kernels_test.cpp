// The general kernels on exactly sized heap memory, so that the address sanitizer sees a single float too many, with
// values checked against plain loops in double.
#include "../kernel.h"
#include "check.h"

#define DECLARE(name) extern "C" void drnas_##name(double*)
DECLARE(ConvForward);
DECLARE(ConvGradInput);
DECLARE(ConvGradFilter);
DECLARE(DepthwiseForward);
DECLARE(DepthwiseGradInput);
DECLARE(DepthwiseGradFilter);
DECLARE(AvgPool);
DECLARE(AvgPoolGrad);
DECLARE(MaxPool);
DECLARE(MaxPoolGrad);
DECLARE(BatchNormTrain);
DECLARE(BatchNormTrainGrad);
DECLARE(MatMul);
DECLARE(Sum);
DECLARE(Binary);
DECLARE(Unary);
DECLARE(Copy);
DECLARE(AddN);
DECLARE(Fill);
DECLARE(SoftmaxCrossEntropy);
DECLARE(SgdUpdate);
extern "C" int drnas_set_threads(int threads);

using namespace check;

namespace {

const Shape shapes[] = {
    {2, 8, 8, 3, 16, 3, 1, 1, 1},  {2, 9, 7, 8, 16, 3, 2, 1, 1},  {1, 1, 1, 1, 1, 3, 1, 1, 1},
    {3, 5, 6, 17, 33, 3, 1, 1, 1}, {1, 13, 11, 5, 7, 3, 1, 2, 2}, {2, 13, 11, 4, 18, 5, 2, 2, 4},
    {1, 10, 10, 12, 4, 5, 3, 1, 0}, {2, 6, 6, 2, 3, 4, 2, 1, 1},  {1, 4, 20, 6, 67, 1, 3, 1, 0},
    {19, 2, 3, 9, 5, 1, 1, 1, 0},
};

// Calls visit(x, w, y) with the indices of each product; depthwise has outputs = inputs and one product a channel.
template <class Visit>
void products(const Shape& s, bool depthwise, const Visit& visit) {
  each_tap(s, [&](int64_t pixel, int64_t tap, int64_t out) {
    for (int64_t ci = 0; ci < s.inputs; ++ci) {
      if (depthwise) visit(pixel * s.inputs + ci, tap * s.inputs + ci, out * s.inputs + ci);
      for (int64_t co = 0; co < s.outputs && !depthwise; ++co)
        visit(pixel * s.inputs + ci, (tap * s.inputs + ci) * s.outputs + co, out * s.outputs + co);
    }
  });
}

void convolution(const Shape& s, bool depthwise) {
  const int64_t channels = depthwise ? s.inputs : s.outputs, taps = s.filter * s.filter;
  Array x(s.batch * s.height * s.width * s.inputs), w(taps * s.inputs * (depthwise ? 1 : s.outputs));
  Array dy(s.batch * s.out(s.height) * s.out(s.width) * channels), y(dy.count), dx(x.count), dw(w.count);
  std::vector<double> geometry;
  for (int64_t v : {s.batch, s.height, s.width, s.inputs}) geometry.push_back(static_cast<double>(v));
  if (!depthwise) geometry.push_back(static_cast<double>(s.outputs));
  for (int64_t v : {s.filter, s.filter, s.stride, s.stride, s.dilation, s.dilation, s.pad, s.pad, s.out(s.height),
                    s.out(s.width)})
    geometry.push_back(static_cast<double>(v));
  with_scratch(depthwise ? drnas_DepthwiseForward : drnas_ConvForward, joined({0, x.at(), w.at(), y.at()}, geometry));
  with_scratch(depthwise ? drnas_DepthwiseGradInput : drnas_ConvGradInput,
               joined({0, dy.at(), w.at(), dx.at()}, geometry));
  with_scratch(depthwise ? drnas_DepthwiseGradFilter : drnas_ConvGradFilter,
               joined({0, x.at(), dy.at(), dw.at()}, geometry));
  std::vector<double> ey(y.count), ex(x.count), ew(w.count);
  products(s, depthwise, [&](int64_t i, int64_t j, int64_t k) {
    const double a = x.data[i], b = w.data[j], g = dy.data[k];
    ey[k] += a * b, ex[i] += g * b, ew[j] += a * g;
  });
  close(depthwise ? "depthwise y" : "conv y", y, ey, 1e-4);
  close(depthwise ? "depthwise dx" : "conv dx", dx, ex, 1e-4);
  close(depthwise ? "depthwise dw" : "conv dw", dw, ew, 1e-4);
}

void pooling(const Shape& s) {
  if (s.dilation > 1) return;
  Array x(s.batch * s.height * s.width * s.inputs), dy(s.batch * s.out(s.height) * s.out(s.width) * s.inputs);
  Array y(dy.count), dx(x.count);
  std::vector<double> geometry;
  for (int64_t v : {s.batch, s.height, s.width, s.inputs, s.filter, s.filter, s.stride, s.stride, int64_t{1}, int64_t{1},
                    s.pad, s.pad, s.out(s.height), s.out(s.width)})
    geometry.push_back(static_cast<double>(v));
  std::vector<double> total(y.count), cells(y.count), largest(y.count, -INFINITY), gradient(x.count);
  std::vector<int64_t> where(y.count);
  products(s, true, [&](int64_t i, int64_t, int64_t k) {
    total[k] += x.data[i], cells[k] += 1;
    if (x.data[i] > largest[k]) largest[k] = x.data[i], where[k] = i;
  });
  for (int64_t k = 0; k < y.count; ++k) total[k] /= cells[k];
  drnas_AvgPool(joined({x.at(), y.at()}, geometry).data());
  close("average", y, total, 1e-5);
  products(s, true, [&](int64_t i, int64_t, int64_t k) { gradient[i] += dy.data[k] / cells[k]; });
  with_scratch(drnas_AvgPoolGrad, joined({0, dy.at(), dx.at()}, geometry));
  close("average's gradient", dx, gradient, 1e-5);
  drnas_MaxPool(joined({x.at(), y.at()}, geometry).data());
  close("maximum", y, largest, 0);
  gradient.assign(x.count, 0);
  for (int64_t k = 0; k < y.count; ++k) gradient[where[k]] += dy.data[k];
  with_scratch(drnas_MaxPoolGrad, joined({0, dy.at(), x.at(), dx.at()}, geometry));
  close("maximum's gradient", dx, gradient, 1e-5);
}

void batch_norm(int64_t rows, int64_t channels) {
  Array x(rows * channels), dy(x.count), y(x.count), dx(x.count), scale(channels), offset(channels);
  Array mean(channels), variance(channels), dscale(channels), doffset(channels);
  const double n = static_cast<double>(rows), c = static_cast<double>(channels), epsilon = 1e-3;
  with_scratch(drnas_BatchNormTrain,
               {0, x.at(), y.at(), mean.at(), variance.at(), scale.at(), offset.at(), n, c, epsilon});
  with_scratch(drnas_BatchNormTrainGrad, {0, dy.at(), x.at(), mean.at(), variance.at(), scale.at(), dx.at(), dscale.at(),
                                          doffset.at(), n, c, epsilon});
  std::vector<double> ey(x.count), ex(x.count);
  for (int64_t k = 0; k < channels; ++k) {
    double m = 0, v = 0, sum = 0, product = 0;
    for (int64_t r = 0; r < rows; ++r) m += x.data[r * channels + k] / n;
    for (int64_t r = 0; r < rows; ++r) v += pow(x.data[r * channels + k] - m, 2) / n;
    const double deviation = sqrt(v + epsilon);
    for (int64_t r = 0; r < rows; ++r) {
      const double z = (x.data[r * channels + k] - m) / deviation, g = dy.data[r * channels + k];
      ey[r * channels + k] = z * scale.data[k] + offset.data[k];
      sum += g, product += g * z;
    }
    for (int64_t r = 0; r < rows; ++r) {
      const double z = (x.data[r * channels + k] - m) / deviation, g = dy.data[r * channels + k];
      ex[r * channels + k] = scale.data[k] / deviation * (g - sum / n - z * product / n);
    }
  }
  close("batch norm y", y, ey, 1e-4);
  close("batch norm dx", dx, ex, 2e-3);  // one row: deviation is sqrt(epsilon), and rounding is divided by it
}

void matrices(int64_t batch, int64_t rows, int64_t depth, int64_t columns, bool turn_a, bool turn_b) {
  Array a(batch * rows * depth), b(batch * depth * columns), out(batch * rows * columns);
  with_scratch(drnas_MatMul, {0, a.at(), b.at(), out.at(), double(batch), double(rows), double(depth), double(columns),
                              double(rows * depth), double(depth * columns), double(turn_a), double(turn_b)});
  std::vector<double> expected(out.count);
  for (int64_t i = 0; i < batch; ++i)
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c)
        for (int64_t k = 0; k < depth; ++k)
          expected[(i * rows + r) * columns + c] +=
              static_cast<double>(a.data[i * rows * depth + (turn_a ? k * rows + r : r * depth + k)]) *
              b.data[i * depth * columns + (turn_b ? c * depth + k : k * columns + c)];
  close("matrix product", out, expected, 1e-4);
}

void sums(int64_t outer, int64_t reduced, int64_t inner) {
  Array x(outer * reduced * inner), out(outer * inner);
  with_scratch(drnas_Sum, {0, x.at(), out.at(), double(outer), double(reduced), double(inner), 0.5});
  std::vector<double> expected(out.count);
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t r = 0; r < reduced; ++r)
      for (int64_t i = 0; i < inner; ++i) expected[o * inner + i] += 0.5 * x.data[(o * reduced + r) * inner + i];
  close("sum", out, expected, 1e-3);
}

void elements() {
  Array a(3 * 5 * 7), b(7), out(a.count), turned(a.count);
  std::vector<double> expected(a.count), transposed(a.count);
  for (int f = 0; f < 7; ++f) {
    double args[] = {double(f), a.at(), b.at(), out.at(), 1, 3, 5, 7, 0, 35, 7, 1, 0, 0, 0, 1, 0, 35, 7, 1};
    drnas_Binary(args);
  }
  for (int64_t i = 0; i < a.count; ++i) expected[i] = pow(static_cast<double>(a.data[i]) - b.data[i % 7], 2);
  close("squared difference", out, expected, 1e-6);
  for (int f = 0; f < 8; ++f) {
    double args[] = {double(f), a.at(), out.at(), double(a.count), 0.5};
    drnas_Unary(args);
  }
  for (int64_t i = 0; i < a.count; ++i) expected[i] = fabs(static_cast<double>(a.data[i]));
  close("size", out, expected, 0);
  double copy[] = {a.at(), turned.at(), 1, 7, 5, 3, 0, 1, 7, 35, 0, 15, 3, 1};
  drnas_Copy(copy);
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t j = 0; j < 5; ++j)
      for (int64_t k = 0; k < 7; ++k) transposed[(k * 5 + j) * 3 + i] = a.data[(i * 5 + j) * 7 + k];
  close("transpose", turned, transposed, 0);
  double add[] = {out.at(), double(a.count), 2, a.at(), turned.at()};
  drnas_AddN(add);
  double fill[] = {out.at(), double(out.count), 2};
  drnas_Fill(fill);
  close("fill", out, std::vector<double>(out.count, 2), 0);
}

void training() {
  Array logits(5 * 67), gradient(5 * 67), loss(1);
  int32_t* labels = static_cast<int32_t*>(malloc(5 * sizeof(int32_t)));
  for (int i = 0; i < 5; ++i) labels[i] = 13 * i;
  double args[] = {logits.at(), double(reinterpret_cast<uintptr_t>(labels)), loss.at(), gradient.at(), 5, 67};
  drnas_SoftmaxCrossEntropy(args);
  double expected = 0;
  for (int r = 0; r < 5; ++r) {
    double total = 0;
    for (int k = 0; k < 67; ++k) total += exp(logits.data[r * 67 + k]);
    expected += (log(total) - logits.data[r * 67 + labels[r]]) / 5;
  }
  close("loss", loss, {expected}, 1e-5);
  free(labels);
  Array p(20001), g(20001), m(20001), q(1), h(1), k(1);
  const double norm = with_scratch(drnas_SgdUpdate, {0, 2, 0.1, 0.9, 1e-3, 1, 0, 0, p.at(), g.at(), m.at(), 20001, q.at(),
                                                     h.at(), k.at(), 1});
  double squares = static_cast<double>(h.data[0]) * h.data[0];
  for (int64_t i = 0; i < g.count; ++i) squares += static_cast<double>(g.data[i]) * g.data[i];
  if (fabs(norm - sqrt(squares)) > 1e-6) printf("norm is %g\n", norm), ++failures;
}

}  // namespace

int kernels_test() {
  for (int threads : {1, 2, 5}) {
    drnas_set_threads(threads);
    for (const Shape& s : shapes) convolution(s, false), convolution(s, true), pooling(s);
    for (int64_t channels : {1, 3, 16, 36, 67}) batch_norm(1, channels), batch_norm(37, channels), batch_norm(3000, channels);
    matrices(1, 5, 7, 9, false, false), matrices(2, 64, 64, 10, true, false), matrices(3, 1, 3, 67, false, true);
    matrices(1, 33, 0, 5, false, false), matrices(1, 65, 17, 33, true, true);
    sums(1, 1000, 1), sums(7, 33, 5), sums(3, 1, 130), sums(1, 9000, 16), sums(2, 0, 3);
    elements();
    training();
  }
  printf("kernels: width %d, %d failures\n", DRNAS_WIDTH, failures);
  return failures;
}
