// The fused DARTS cell against the plain formula in float64: values, statistics, and gradients along random directions;
// both kinds of cell, odd shapes, partial channels, pruned operations, all modes.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vector>

#include "../darts_cell.h"
#include "check.h"

extern "C" void drnas_DartsCellPlan(double*);
extern "C" void drnas_DartsCell(double*);
extern "C" void drnas_DartsCellGrad(double*);

namespace {

using namespace drnas::darts;
using Doubles = std::vector<double>;
using Floats = std::vector<float>;
using check::Random;
constexpr int kWeightCount = kEdges * kWeightsOfEdge;

struct Case {
  int B, H, W, C, k, reduction;
  double prune;
  int c() const { return C / k; }
  int h() const { return reduction ? H / 2 : H; }
  int w() const { return reduction ? W / 2 : W; }
};

int64_t weight_size(const Case& p, int slot) {
  const int64_t c = p.c();
  if (slot >= kReduceWeight) return c * (slot == kReduceWeight ? c / 2 : c - c / 2);
  return slot % 2 ? c * c : c * kStage[slot / 2].taps();
}

// All that the cell is a function of, in the numbering 0 s0, 1 s1, 2 theta, 3.. weights.
struct Point {
  std::vector<Doubles> values;
  Floats floats(int i) const { return Floats(values[i].begin(), values[i].end()); }
};

struct Image {
  int B, H, W, C;
  Doubles v;
  Image(int b, int y, int x, int ch) : B(b), H(y), W(x), C(ch), v(static_cast<size_t>(b) * y * x * ch, 0) {}
  double& at(int b, int y, int x, int ch) { return v[((static_cast<int64_t>(b) * H + y) * W + x) * C + ch]; }
  double at(int b, int y, int x, int ch) const { return v[((static_cast<int64_t>(b) * H + y) * W + x) * C + ch]; }
  bool inside(int y, int x) const { return y >= 0 && x >= 0 && y < H && x < W; }
};

struct Plain {
  const Case& p;
  const double* mask;
  Doubles mean, variance;

  template <class Body>
  void each(const Image& out, const Body& body) {
    for (int b = 0; b < out.B; ++b)
      for (int y = 0; y < out.H; ++y)
        for (int x = 0; x < out.W; ++x)
          for (int ch = 0; ch < out.C; ++ch) body(b, y, x, ch);
  }
  Image relu(Image x) {
    for (double& v : x.v) v = v > 0 ? v : 0;
    return x;
  }
  Image depthwise(const Image& x, const Doubles& w, int size, int stride, int dilation) {
    Image out(x.B, (x.H - 1) / stride + 1, (x.W - 1) / stride + 1, x.C);
    const int pad = (size - 1) / 2 * dilation;
    each(out, [&](int b, int y, int q, int ch) {
      for (int ky = 0; ky < size; ++ky)
        for (int kx = 0; kx < size; ++kx) {
          const int iy = y * stride + ky * dilation - pad, ix = q * stride + kx * dilation - pad;
          if (x.inside(iy, ix)) out.at(b, y, q, ch) += x.at(b, iy, ix, ch) * w[(ky * size + kx) * x.C + ch];
        }
    });
    return out;
  }
  Image pointwise(const Image& x, const Doubles& w, int outputs) {
    Image out(x.B, x.H, x.W, outputs);
    each(out, [&](int b, int y, int q, int o) {
      for (int i = 0; i < x.C; ++i) out.at(b, y, q, o) += x.at(b, y, q, i) * w[i * outputs + o];
    });
    return out;
  }
  Image norm(Image x, int row) {
    const double count = static_cast<double>(x.v.size()) / x.C;
    for (int ch = 0; ch < x.C; ++ch) {
      double m = 0, s = 0;
      for (size_t i = ch; i < x.v.size(); i += x.C) m += x.v[i] / count;
      for (size_t i = ch; i < x.v.size(); i += x.C) s += (x.v[i] - m) * (x.v[i] - m) / count;
      mean[row * x.C + ch] = m, variance[row * x.C + ch] = s;
      for (size_t i = ch; i < x.v.size(); i += x.C) x.v[i] = (x.v[i] - m) / sqrt(s + 1e-5);
    }
    return x;
  }
  Image pool(const Image& x, int stride, bool max) {
    Image out(x.B, (x.H - 1) / stride + 1, (x.W - 1) / stride + 1, x.C);
    each(out, [&](int b, int y, int q, int ch) {
      double sum = 0, most = -INFINITY, n = 0;
      for (int dy = -1; dy < 2; ++dy)
        for (int dx = -1; dx < 2; ++dx)
          if (x.inside(y * stride + dy, q * stride + dx)) {
            const double v = x.at(b, y * stride + dy, q * stride + dx, ch);
            sum += v, n += 1, most = v > most ? v : most;
          }
      out.at(b, y, q, ch) = max ? most : sum / n;
    });
    return out;
  }
  Image reduce(const Image& x, const Doubles& first, const Doubles& second) {
    Image out(x.B, x.H / 2, x.W / 2, x.C);
    const int half = x.C / 2;
    each(out, [&](int b, int y, int q, int o) {
      const bool late = o >= half;
      const int outputs = late ? x.C - half : half, column = late ? o - half : o;
      for (int i = 0; i < x.C; ++i)
        out.at(b, y, q, o) += x.at(b, 2 * y + late, 2 * q + late, i) * (late ? second : first)[i * outputs + column];
    });
    return out;
  }

  Image run(const Point& point) {
    const int c = p.c(), h = p.h(), w = p.w();
    mean.assign(kEdges * kRows * c, 0), variance.assign(kEdges * kRows * c, 1);
    std::vector<Image> nodes;
    for (int j = 0; j < 2; ++j) {
      nodes.push_back(Image(p.B, p.H, p.W, p.C));
      nodes[j].v = point.values[j];
    }
    Image y(p.B, h, w, 4 * p.C);
    for (int target = 2; target < 6; ++target) {
      Image node(p.B, h, w, p.C);
      for (int j = 0; j < target; ++j) {
        const int e = edge_of(target, j), stride = p.reduction && j < 2 ? 2 : 1;
        const double *keep = mask + e * kOps, *theta = point.values[2].data() + e * kOps;
        Image active(p.B, nodes[j].H, nodes[j].W, c), mixed(p.B, h, w, c);
        each(active, [&](int b, int r, int q, int ch) { active.at(b, r, q, ch) = nodes[j].at(b, r, q, ch); });
        const auto add = [&](int op, const Image& z) {
          for (size_t i = 0; i < z.v.size(); ++i) mixed.v[i] += theta[op] * z.v[i];
        };
        const auto weight = [&](int slot) -> const Doubles& { return point.values[3 + e * kWeightsOfEdge + slot]; };
        const auto stage = [&](int t, const Image& x, int s) {
          return norm(pointwise(depthwise(relu(x), weight(2 * t), kStage[t].size, s, kStage[t].dilation),
                                weight(2 * t + 1), c), e * kRows + kStage[t].row);
        };
        if (keep[kMax]) add(kMax, norm(pool(active, stride, true), e * kRows));
        if (keep[kAvg]) add(kAvg, norm(pool(active, stride, false), e * kRows + 1));
        if (keep[kSkip] && stride == 1) add(kSkip, active);
        if (keep[kSkip] && stride == 2)
          add(kSkip, norm(reduce(relu(active), weight(kReduceWeight), weight(kReduceWeight + 1)), e * kRows + 2));
        if (keep[kSep3]) add(kSep3, stage(1, stage(0, active, stride), 1));
        if (keep[kSep5]) add(kSep5, stage(3, stage(2, active, stride), 1));
        if (keep[kDil3]) add(kDil3, stage(4, active, stride));
        if (keep[kDil5]) add(kDil5, stage(5, active, stride));
        each(node, [&](int b, int r, int q, int ch) {
          const int in = ch % p.k * c + ch / p.k;
          if (in < c) {
            node.at(b, r, q, ch) += mixed.at(b, r, q, in);
          } else if (stride == 1) {
            node.at(b, r, q, ch) += nodes[j].at(b, r, q, in);
          } else {
            double most = -INFINITY;
            for (int i = 0; i < 4; ++i) most = fmax(most, nodes[j].at(b, 2 * r + i / 2, 2 * q + i % 2, in));
            node.at(b, r, q, ch) += most;
          }
        });
      }
      nodes.push_back(node);
      each(node, [&](int b, int r, int q, int ch) { y.at(b, r, q, (target - 2) * p.C + ch) = node.at(b, r, q, ch); });
    }
    return y;
  }
};

// Exactly as large as asked for, so that the sanitizer sees a byte too many; filled with NaNs.
struct Memory {
  void* base = nullptr;
  explicit Memory(double bytes) {
    if (posix_memalign(&base, 64, static_cast<size_t>(bytes) + 1) != 0) abort();
    memset(base, 0xff, static_cast<size_t>(bytes) + 1);
  }
  Memory(const Memory&) = delete;
  ~Memory() { free(base); }
  double address() const { return static_cast<double>(reinterpret_cast<uintptr_t>(base)); }
};
double address(const Floats& v) { return static_cast<double>(reinterpret_cast<uintptr_t>(v.data())); }

int failures = 0;
double worst = 0;

void report(const Case& p, const char* what, double error, double tolerance) {
  if (error > worst) worst = error;
  if (error <= tolerance) return;
  ++failures;
  printf("B=%d H=%d W=%d C=%d k=%d reduction=%d prune=%g: %s is off by %.3g\n", p.B, p.H, p.W, p.C, p.k, p.reduction,
         p.prune, what, error);
}

void compare(const Case& p, const char* what, const Floats& got, const Doubles& want, double tolerance) {
  double scale = 1e-3, error = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    scale = fmax(scale, fabs(want[i]));
    const double e = fabs(static_cast<double>(got[i]) - want[i]);
    if (!(e <= error)) error = e;
  }
  report(p, what, error == error ? error / scale : INFINITY, tolerance);
}

void whole_cell(const Case& p, uint64_t seed) {
  Random random;
  random.state += seed * 0x9e3779b97f4a7c15ull;
  const int c = p.c();
  Doubles mask(kEdges * kOps);
  for (double& m : mask) m = random.next() >= p.prune;
  Point point;
  for (int j = 0; j < 2; ++j) point.values.emplace_back(static_cast<size_t>(p.B) * p.H * p.W * p.C);
  point.values.emplace_back(kEdges * kOps);
  for (int i = 0; i < kWeightCount; ++i) point.values.emplace_back(weight_size(p, i % kWeightsOfEdge));
  for (Doubles& v : point.values)
    for (double& x : v) x = static_cast<float>(random.normal());
  for (double& x : point.values[2]) x = static_cast<float>(random.next());

  Plain plain{p, mask.data(), {}, {}};
  const Image y = plain.run(point);
  const Doubles mean = plain.mean, variance = plain.variance;

  std::vector<Floats> inputs;
  for (size_t i = 0; i < point.values.size(); ++i) inputs.push_back(point.floats(static_cast<int>(i)));
  Floats dy(y.v.size());
  for (float& v : dy) v = static_cast<float>(random.normal());

  Doubles geometry{double(p.B), double(p.H), double(p.W), double(p.C), double(p.k), double(p.reduction), double(c / 2)};
  geometry.insert(geometry.end(), mask.begin(), mask.end());
  const auto weight_kept = [&](int i) {
    const int e = i / kWeightsOfEdge, slot = i % kWeightsOfEdge;
    int target = 2, source = e;
    while (source >= target) source -= target, ++target;
    if (slot >= kReduceWeight) return p.reduction && source < 2 && mask[e * kOps + kSkip] != 0;
    return mask[e * kOps + kStage[slot / 2].op] != 0;
  };
  const auto append_weights = [&](Doubles& args, const std::vector<Floats>& w) {
    for (int i = 0; i < kWeightCount; ++i) args.push_back(weight_kept(i) ? address(w[3 + i]) : 0);
  };

  for (int needs = 0; needs < 3; ++needs) {
    const double wanted0 = needs != 1 || p.B % 2, wanted1 = needs != 0 || p.C % 2;
    Doubles plan = geometry;
    for (double a : {double(needs), wanted0, wanted1}) plan.push_back(a);
    drnas_DartsCellPlan(plan.data());
    const Memory saved(plan[0]);
    Floats got(y.v.size(), NAN), got_mean(mean.size(), NAN), got_variance(mean.size(), NAN);
    for (int training = 1; training >= 0; --training) {
      const Memory scratch(plan[1]), other(plan[0]);
      Doubles args{address(inputs[0]), address(inputs[1]), address(inputs[2]), address(got_mean), address(got_variance),
                   address(got), training ? saved.address() : other.address(), scratch.address(), 1e-5,
                   double(training)};
      append_weights(args, inputs);
      args.insert(args.end(), geometry.begin(), geometry.end());
      drnas_DartsCell(args.data());
      // One or few pixels: the variance of a handful of values magnifies rounding.
      const double tolerance = p.B * p.h() * p.w() < 32 ? 2e-3 : 5e-5;
      compare(p, training ? "y" : "y with given statistics", got, y.v, tolerance);
      compare(p, "mean", got_mean, mean, tolerance);
      compare(p, "variance", got_variance, variance, tolerance);
    }
    std::vector<Floats> gradients;
    for (const Floats& v : inputs) gradients.emplace_back(v.size(), NAN);
    const Memory scratch(plan[2]);
    Doubles args{address(dy), address(inputs[2]), saved.address(), scratch.address(),
                 wanted0 ? address(gradients[0]) : 0, wanted1 ? address(gradients[1]) : 0,
                 needs == 1 ? 0 : address(gradients[2])};
    append_weights(args, inputs);
    if (needs == 0) args.resize(args.size() + kWeightCount, 0);
    else append_weights(args, gradients);
    args.insert(args.end(), geometry.begin(), geometry.end());
    for (double a : {double(needs), wanted0, wanted1}) args.push_back(a);
    drnas_DartsCellGrad(args.data());

    // Along a random direction of one group of inputs at a time, the slope of <y, dy> by central differences.
    // Compared with the largest of the groups too: normalisation makes the loss blind to the scale of a lone weight
    // (c = 1), whose gradient is what remains when large terms cancel.
    double largest = 1e-3;
    for (const Floats& gradient : gradients) {
      double sum = 0;
      for (float v : gradient) sum += v == v ? fabs(static_cast<double>(v)) : 0;
      largest = fmax(largest, sum);
    }
    for (int group = 0; group < 3 + kWeightsOfEdge; ++group) {
      if ((group == 0 && !wanted0) || (group == 1 && !wanted1) || (group == 2 && needs == 1)) continue;
      if (group > 2 && needs == 0) break;
      double got_slope = 0, size = 0;
      Point up = point, down = point;
      const double step = 1e-6;
      for (int i = group; i < static_cast<int>(point.values.size()); ++i) {
        if (group < 3 ? i != group : (i - 3) % kWeightsOfEdge != group - 3 || i < 3) continue;
        if (i >= 3 && !weight_kept(i - 3)) continue;
        for (size_t q = 0; q < point.values[i].size(); ++q) {
          const double direction = random.normal();
          up.values[i][q] += step * direction, down.values[i][q] -= step * direction;
          got_slope += direction * static_cast<double>(gradients[i][q]);
          size += fabs(direction * static_cast<double>(gradients[i][q]));
        }
      }
      const Image above = plain.run(up), below = plain.run(down);
      double slope = 0;
      for (size_t q = 0; q < dy.size(); ++q) slope += static_cast<double>(dy[q]) * (above.v[q] - below.v[q]) / (2 * step);
      char what[64];
      snprintf(what, sizeof(what), "gradient of group %d, needs %d", group, needs);
      const double error = fabs(got_slope - slope) / (size + 0.1 * largest);
      report(p, what, error == error ? error : INFINITY, 2e-4);
    }
  }
}

}  // namespace

int darts_cell_test() {
  const Case cases[] = {
      {2, 8, 8, 6, 1, 0, 0},    {2, 8, 8, 12, 2, 0, 0.3}, {3, 4, 4, 4, 1, 1, 0},  {2, 8, 8, 12, 2, 1, 0.3},
      {1, 5, 4, 6, 6, 0, 0},    {17, 2, 2, 8, 4, 0, 0},   {3, 2, 2, 8, 4, 1, 0},  {5, 3, 3, 9, 3, 0, 0.5},
      {24, 1, 1, 6, 2, 0, 0},   {2, 4, 6, 15, 3, 1, 0.6}, {2, 6, 9, 18, 1, 0, 0.7}, {2, 12, 10, 36, 6, 0, 0},
      {2, 16, 16, 36, 6, 1, 0.2}, {4, 4, 4, 8, 2, 1, 1},  {4, 4, 4, 8, 2, 0, 1},  {2, 3, 13, 5, 1, 0, 0.2},
  };
  uint64_t seed = 1;
  for (const Case& p : cases) whole_cell(p, seed++);
  printf("darts cell: width %d, worst error %.2g, %d failures\n", DRNAS_WIDTH, worst, failures);
  return failures;
}
