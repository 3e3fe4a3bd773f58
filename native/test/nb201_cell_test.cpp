// The fused NAS-Bench-201 cell against the plain formula in float64: values, statistics and all gradients, odd shapes,
// partial channels, pruned operations, the three modes, and the same bits for any number of threads.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <vector>

#include "../kernel.h"
#include "check.h"

extern "C" void drnas_Nb201CellPlan(double*);
extern "C" void drnas_Nb201Cell(double*);
extern "C" void drnas_Nb201CellGrad(double*);

namespace {

using Doubles = std::vector<double>;
using Floats = std::vector<float>;
using check::Random;

int edge_of(int target, int source) { return target * (target - 1) / 2 + source; }

struct Problem {
  int B, H, W, C, k;
  float input_mean;
  Floats x, dy, theta, w1[6], w3[6];
  double mask[30];
  int c() const { return C / k; }
  int64_t pixels() const { return static_cast<int64_t>(B) * H * W; }
};

Problem make_problem(int B, int H, int W, int C, int k, double prune, float mean, uint64_t seed) {
  Random random;
  random.state += seed * 0x9e3779b97f4a7c15ull;
  Problem p{B, H, W, C, k, mean, {}, {}, {}, {}, {}, {}};
  p.x.resize(p.pixels() * C), p.dy.resize(p.pixels() * C), p.theta.resize(30);
  for (float& v : p.x) v = static_cast<float>(random.normal()) + mean;
  for (float& v : p.dy) v = static_cast<float>(random.normal());
  for (float& v : p.theta) v = static_cast<float>(random.next());
  for (double& m : p.mask) m = random.next() >= prune;
  const int c = p.c();
  for (int e = 0; e < 6; ++e) {
    p.w1[e].resize(c * c), p.w3[e].resize(9 * c * c);
    for (float& v : p.w1[e]) v = static_cast<float>(random.normal()) / sqrtf(c);
    for (float& v : p.w3[e]) v = static_cast<float>(random.normal()) / sqrtf(9.0f * c);
  }
  return p;
}

struct Result {
  Doubles y, mean, variance, dx, dtheta, dw1[6], dw3[6];
};

// ---- The formula, operation by operation, in float64. Tensors are NHWC.
struct Plain {
  const Problem& p;
  int c;
  Doubles node[4], mixed_gradient[4];

  int64_t at(int b, int y, int x, int channels) const {
    return ((static_cast<int64_t>(b) * p.H + y) * p.W + x) * channels;
  }
  // y += conv(relu(x's first c channels)), and the two gradients.
  template <class Body>
  void each_tap(int size, const Body& body) const {
    const int r = size / 2;
    for (int b = 0; b < p.B; ++b)
      for (int y = 0; y < p.H; ++y)
        for (int x = 0; x < p.W; ++x)
          for (int dy = -r; dy <= r; ++dy)
            for (int dx = -r; dx <= r; ++dx) {
              const int iy = y + dy, ix = x + dx;
              if (iy < 0 || ix < 0 || iy >= p.H || ix >= p.W) continue;
              body(at(b, y, x, 1), at(b, iy, ix, 1), (dy + r) * size + dx + r);
            }
  }
  int valid(int64_t pixel) const {
    const int x = static_cast<int>(pixel % p.W), y = static_cast<int>(pixel / p.W % p.H);
    return (1 + (x > 0) + (x + 1 < p.W)) * (1 + (y > 0) + (y + 1 < p.H));
  }
  Doubles conv(const Doubles& x, const Floats& w, int size) const {
    Doubles out(p.pixels() * c, 0.0);
    each_tap(size, [&](int64_t to, int64_t from, int tap) {
      for (int i = 0; i < c; ++i) {
        const double v = x[from * p.C + i];
        if (v > 0)
          for (int o = 0; o < c; ++o) out[to * c + o] += v * w[(tap * c + i) * c + o];
      }
    });
    return out;
  }

  Result run() {
    Result r;
    const int64_t N = p.pixels();
    const double count = static_cast<double>(N);
    r.mean.assign(12 * c, 0), r.variance.assign(12 * c, 1);
    Doubles normal[12];
    Doubles inverse(12 * c, 0);
    node[0] = Doubles(p.x.begin(), p.x.end());
    for (int i = 1; i < 4; ++i) {
      node[i].assign(N * p.C, 0);
      for (int j = 0; j < i; ++j) {
        const int e = edge_of(i, j);
        const double* keep = p.mask + e * 5;
        const float* w = p.theta.data() + e * 5;
        Doubles sum(N * c, 0);
        for (int64_t q = 0; q < N; ++q)
          for (int ch = 0; ch < c; ++ch)
            if (keep[1]) sum[q * c + ch] += w[1] * node[j][q * p.C + ch];
        if (keep[4])
          each_tap(3, [&](int64_t to, int64_t from, int) {
            for (int ch = 0; ch < c; ++ch) sum[to * c + ch] += w[4] * node[j][from * p.C + ch] / valid(to);
          });
        for (int size = 0; size < 2; ++size) {
          if (!keep[2 + size]) continue;
          const int row = 2 * e + size;
          Doubles& y = normal[row] = conv(node[j], size ? p.w3[e] : p.w1[e], size ? 3 : 1);
          for (int ch = 0; ch < c; ++ch) {
            double mean = 0, variance = 0;
            for (int64_t q = 0; q < N; ++q) mean += y[q * c + ch] / count;
            for (int64_t q = 0; q < N; ++q) variance += (y[q * c + ch] - mean) * (y[q * c + ch] - mean) / count;
            r.mean[row * c + ch] = mean, r.variance[row * c + ch] = variance;
            const double inv = inverse[row * c + ch] = 1 / sqrt(variance + 1e-5);
            for (int64_t q = 0; q < N; ++q) {
              y[q * c + ch] = (y[q * c + ch] - mean) * inv;
              sum[q * c + ch] += w[2 + size] * y[q * c + ch];
            }
          }
        }
        for (int64_t q = 0; q < N; ++q)
          for (int ch = 0; ch < p.C; ++ch)
            node[i][q * p.C + ch % c * p.k + ch / c] += ch < c ? sum[q * c + ch] : node[j][q * p.C + ch];
      }
    }
    r.y = node[3];
    Doubles gradient[4];
    for (int i = 0; i < 3; ++i) gradient[i].assign(N * p.C, 0);
    gradient[3].assign(p.dy.begin(), p.dy.end());
    r.dtheta.assign(30, 0);
    for (int e = 0; e < 6; ++e) r.dw1[e].assign(c * c, 0), r.dw3[e].assign(9 * c * c, 0);
    for (int i = 3; i > 0; --i) {
      Doubles g(N * c);
      for (int j = 0; j < i; ++j) {
        const int e = edge_of(i, j);
        const double* keep = p.mask + e * 5;
        const float* w = p.theta.data() + e * 5;
        Doubles& dx = gradient[j];
        for (int64_t q = 0; q < N; ++q)
          for (int ch = 0; ch < p.C; ++ch) {
            const double d = gradient[i][q * p.C + ch % c * p.k + ch / c];
            if (ch >= c) dx[q * p.C + ch] += d;
            else g[q * c + ch] = d;
          }
        if (keep[1])
          for (int64_t q = 0; q < N; ++q)
            for (int ch = 0; ch < c; ++ch) {
              r.dtheta[e * 5 + 1] += g[q * c + ch] * node[j][q * p.C + ch];
              dx[q * p.C + ch] += w[1] * g[q * c + ch];
            }
        if (keep[4])
          each_tap(3, [&](int64_t to, int64_t from, int) {
            for (int ch = 0; ch < c; ++ch) {
              const double d = g[to * c + ch] / valid(to);
              r.dtheta[e * 5 + 4] += d * node[j][from * p.C + ch];
              dx[from * p.C + ch] += w[4] * d;
            }
          });
        for (int size = 0; size < 2; ++size) {
          if (!keep[2 + size]) continue;
          const int row = 2 * e + size;
          const Floats& weight = size ? p.w3[e] : p.w1[e];
          Doubles& dw = size ? r.dw3[e] : r.dw1[e];
          Doubles d(N * c);
          for (int ch = 0; ch < c; ++ch) {
            double s1 = 0, s2 = 0;
            for (int64_t q = 0; q < N; ++q) s1 += g[q * c + ch], s2 += g[q * c + ch] * normal[row][q * c + ch];
            r.dtheta[e * 5 + 2 + size] += s2;
            for (int64_t q = 0; q < N; ++q)
              d[q * c + ch] = w[2 + size] * inverse[row * c + ch] *
                              (g[q * c + ch] - s1 / count - normal[row][q * c + ch] * s2 / count);
          }
          each_tap(size ? 3 : 1, [&](int64_t to, int64_t from, int tap) {
            for (int in = 0; in < c; ++in) {
              const double v = node[j][from * p.C + in];
              if (!(v > 0)) continue;
              for (int o = 0; o < c; ++o) {
                dx[from * p.C + in] += d[to * c + o] * weight[(tap * c + in) * c + o];
                dw[(tap * c + in) * c + o] += v * d[to * c + o];
              }
            }
          });
        }
      }
    }
    r.dx = gradient[0];
    return r;
  }
};

// ---- The kernels.
struct Memory {
  void* base;
  explicit Memory(double bytes) : base(aligned_alloc(64, (static_cast<size_t>(bytes) + 127) / 64 * 64)) {
    memset(base, 0xff, (static_cast<size_t>(bytes) + 127) / 64 * 64);  // NaNs: what is not written must not be read
  }
  Memory(const Memory&) = delete;
  ~Memory() { free(base); }
  double address() const { return static_cast<double>(reinterpret_cast<uintptr_t>(base)); }
};

template <class T>
double address(const std::vector<T>& v) {
  return static_cast<double>(reinterpret_cast<uintptr_t>(v.data()));
}

struct Run {
  Floats y, mean, variance, dx, dtheta, dw1[6], dw3[6], eval;
};

Run run_kernels(const Problem& p, int needs, bool wants_x) {
  Run r;
  const int c = p.c();
  const double nan = NAN;
  r.y.assign(p.x.size(), nan), r.dx.assign(p.x.size(), nan), r.dtheta.assign(30, nan);
  r.mean.assign(12 * c, nan), r.variance.assign(12 * c, nan);
  for (int e = 0; e < 6; ++e) r.dw1[e].assign(c * c, nan), r.dw3[e].assign(9 * c * c, nan);
  Doubles plan{double(p.B), double(p.H), double(p.W), double(p.C), double(p.k), double(needs)};
  plan.insert(plan.end(), p.mask, p.mask + 30);
  drnas_Nb201CellPlan(plan.data());
  const Memory saved(plan[0]);
  const auto forward = [&](const Memory& to, Floats& y, bool training) {
    const Memory scratch(plan[1]);
    Doubles args{address(p.x), address(p.theta)};
    for (int e = 0; e < 6; ++e) args.push_back(address(p.w1[e]));
    for (int e = 0; e < 6; ++e) args.push_back(address(p.w3[e]));
    for (double a : {address(r.mean), address(r.variance), address(y), to.address(), scratch.address(), double(p.B),
                     double(p.H), double(p.W), double(p.C), double(p.k), 1e-5, double(training)})
      args.push_back(a);
    args.insert(args.end(), p.mask, p.mask + 30);
    drnas_Nb201Cell(args.data());
  };
  forward(saved, r.y, true);
  r.eval.assign(p.x.size(), nan);
  {
    const Memory other(plan[0]);
    forward(other, r.eval, false);
  }
  const Memory scratch(plan[2]);
  Doubles args{address(p.dy), address(p.x), address(p.theta)};
  for (int e = 0; e < 6; ++e) args.push_back(address(p.w1[e]));
  for (int e = 0; e < 6; ++e) args.push_back(address(p.w3[e]));
  for (double a : {saved.address(), scratch.address(), wants_x ? address(r.dx) : 0.0, needs == 1 ? 0.0 : address(r.dtheta)})
    args.push_back(a);
  for (int e = 0; e < 6; ++e) args.push_back(needs == 0 ? 0.0 : address(r.dw1[e]));
  for (int e = 0; e < 6; ++e) args.push_back(needs == 0 ? 0.0 : address(r.dw3[e]));
  for (double a : {double(p.B), double(p.H), double(p.W), double(p.C), double(p.k), double(needs)}) args.push_back(a);
  args.insert(args.end(), p.mask, p.mask + 30);
  drnas_Nb201CellGrad(args.data());
  return r;
}

int failures = 0;
double worst = 0;

void compare(const Problem& p, const char* what, const Floats& got, const Doubles& want, double tolerance,
             double scale = 0) {
  double error = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    scale = fmax(scale, fabs(want[i]));
    const double e = fabs(got[i] - want[i]);
    if (!(e <= error)) error = e;  // NaN counts
  }
  error = scale > 0 ? error / scale : error;
  if (error > worst) worst = error;
  if (error <= tolerance) return;
  ++failures;
  printf("B=%d H=%d W=%d C=%d k=%d mean=%g: %s is off by %.3g of its largest entry\n", p.B, p.H, p.W, p.C, p.k,
         p.input_mean, what, error);
}

void whole_cell(const Problem& p, double tolerance) {
  Plain plain{p, p.c(), {}, {}};
  const Result want = plain.run();
  for (int needs = 0; needs < 3; ++needs)
    for (int wants_x = needs == 2; wants_x < 2; ++wants_x) {
      const Run got = run_kernels(p, needs, wants_x);
      compare(p, "y", got.y, want.y, tolerance);
      compare(p, "y with given statistics", got.eval, want.y, tolerance);
      compare(p, "mean", got.mean, want.mean, tolerance);
      compare(p, "variance", got.variance, want.variance, tolerance);
      if (wants_x) compare(p, "dx", got.dx, want.dx, tolerance);
      if (needs != 1) compare(p, "dtheta", got.dtheta, want.dtheta, tolerance);
      if (needs == 0) continue;
      // Against the largest of all weights: batch normalisation makes the loss blind to a weight's scale, so a lone
      // weight's gradient is what remains when large terms cancel.
      double scale = 0;
      for (int e = 0; e < 6; ++e)
        for (const Doubles* d : {&want.dw1[e], &want.dw3[e]})
          for (double v : *d) scale = fmax(scale, fabs(v));
      for (int e = 0; e < 6; ++e) {
        compare(p, "dw1", got.dw1[e], want.dw1[e], tolerance, scale);
        compare(p, "dw3", got.dw3[e], want.dw3[e], tolerance, scale);
      }
    }
}

}  // namespace

int nb201_cell_test() {
  struct Shape {
    int B, H, W, C, k;
  };
  const Shape shapes[] = {
      {2, 16, 16, 8, 1}, {3, 8, 8, 16, 1},  {2, 4, 4, 32, 1},  {2, 8, 8, 64, 1},  {2, 7, 7, 8, 1},   {2, 7, 7, 8, 2},
      {2, 7, 7, 8, 4},   {2, 16, 16, 16, 4}, {2, 8, 8, 32, 4},  {2, 8, 8, 64, 4},  {2, 8, 8, 32, 2},  {2, 8, 8, 64, 2},
      {3, 1, 1, 5, 1},   {5, 1, 1, 8, 2},    {4, 1, 3, 3, 1},   {4, 3, 1, 1, 1},   {1, 5, 6, 67, 1},  {2, 3, 3, 134, 2},
      {1, 9, 11, 3, 1},  {1, 2, 2, 5, 1},    {40, 3, 5, 6, 3},  {2, 5, 5, 24, 1},  {2, 4, 4, 12, 1},  {2, 33, 3, 20, 1},
      {2, 17, 17, 1, 1}, {1, 2, 3, 18, 9},   {1, 6, 6, 33, 1},  {2, 4, 4, 16, 1},  {2, 32, 32, 4, 1}, {2, 5, 3, 48, 3},
      {1, 4, 4, 128, 8}, {2, 6, 2, 7, 1},
  };
  uint64_t seed = 1;
  for (const Shape& s : shapes)
    for (double prune : {0.0, 0.4, 0.8}) {
      // One pixel and few images: the variance of a handful of values magnifies rounding.
      const double tolerance = s.B * s.H * s.W < 64 ? 2e-3 : 1e-4;
      whole_cell(make_problem(s.B, s.H, s.W, s.C, s.k, prune, 0, seed++), tolerance);
    }
  whole_cell(make_problem(2, 8, 8, 8, 1, 1.0, 0, seed++), 1e-6);   // nothing left: y = 0
  whole_cell(make_problem(2, 8, 8, 8, 2, 1.0, 0, seed++), 1e-6);   // only the bypass
  whole_cell(make_problem(4, 16, 16, 8, 1, 0, 30, seed++), 1e-3);  // a large mean must not eat the variance
  whole_cell(make_problem(4, 8, 8, 16, 1, 0, 30, seed++), 1e-3);
  printf("nb201 cell: width %d, worst error %.2g, %d failures\n", DRNAS_WIDTH, worst, failures);
  return failures;
}
