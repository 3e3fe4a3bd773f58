// Stochastic gradient descent over all parameters in one call: clip by the global norm, decay, momentum, step.
#include "slots.h"

using namespace drnas;

namespace {

constexpr int64_t kChunk = 8192;  // floats of one parallel unit
constexpr int kHead = 8;          // arguments before the first parameter

struct Parameter {
  float *value, *gradient, *momentum;
  int64_t count;
};

Parameter parameter(const double* args, int64_t i) {
  const double* a = args + kHead + 4 * i;
  return {pointer<float>(a[0]), pointer<float>(a[1]), pointer<float>(a[2]), integer(a[3])};
}

// A piece of a parameter.
struct Piece {
  int32_t parameter, chunk;
};

double sum_of_squares(const float* g, int64_t count) {
  double lanes[16] = {};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int j = 0; j < 16; ++j) lanes[j] += static_cast<double>(g[i + j]) * static_cast<double>(g[i + j]);
  double sum = 0;
  for (; i < count; ++i) sum += static_cast<double>(g[i]) * static_cast<double>(g[i]);
  for (int j = 0; j < 16; ++j) sum += lanes[j];
  return sum;
}

}  // namespace

// As PyTorch's SGD after clip_grad_norm_: g = gradient * min(1, maxNorm/(norm + 1e-6)) + weightDecay * value,
// momentum = momentumFactor * momentum + g, value -= rate * momentum.
// SgdUpdate: scratch, n, rate, momentumFactor, weightDecay, maxNorm (0: no clipping), extraSquaredNorm, 0,
//            then for each parameter: value, gradient, momentum, count
// With scratch = 0, args[0] becomes the bytes of scratch needed; otherwise args[0] becomes the norm.
DRNAS_KERNEL(SgdUpdate) {
  const int64_t n = integer(args[1]);
  int64_t pieces = 0;
  for (int64_t i = 0; i < n; ++i) pieces += (parameter(args, i).count + kChunk - 1) / kChunk;
  if (args[0] == 0) {
    args[0] = static_cast<double>(aligned_bytes(pieces * 8) * 2 + 64);
    return;
  }
  char* scratch = pointer<char>(args[0]);
  Piece* const piece = carve<Piece>(scratch, pieces);
  double* const squares = carve<double>(scratch, pieces);
  int64_t at = 0;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t chunks = (parameter(args, i).count + kChunk - 1) / kChunk;
    for (int64_t chunk = 0; chunk < chunks; ++chunk)
      piece[at++] = {static_cast<int32_t>(i), static_cast<int32_t>(chunk)};
  }
  const auto length = [&](const Parameter& p, int64_t first) { return p.count - first < kChunk ? p.count - first : kChunk; };
  parallel_for(pieces, [&](int64_t unit) {
    const Parameter p = parameter(args, piece[unit].parameter);
    const int64_t first = piece[unit].chunk * kChunk;
    squares[unit] = sum_of_squares(p.gradient + first, length(p, first));
  });
  double total = args[6];
  for (int64_t unit = 0; unit < pieces; ++unit) total += squares[unit];
  const double norm = __builtin_sqrt(total), max_norm = args[5];
  const double ratio = max_norm / (norm + 1e-6);
  // Written so that a norm of NaN clips to NaN and shows itself.
  const float clip = max_norm > 0 && !(ratio >= 1) ? static_cast<float>(ratio) : 1.0f;
  const float rate = static_cast<float>(args[2]), keep = static_cast<float>(args[3]), decay = static_cast<float>(args[4]);
  parallel_for(pieces, [&](int64_t unit) {
    const Parameter p = parameter(args, piece[unit].parameter);
    const int64_t first = piece[unit].chunk * kChunk, count = length(p, first);
    float* __restrict__ const value = p.value + first;
    float* __restrict__ const momentum = p.momentum + first;
    const float* __restrict__ const gradient = p.gradient + first;
    for (int64_t i = 0; i < count; ++i) {
      const float m = keep * momentum[i] + (gradient[i] * clip + decay * value[i]);
      momentum[i] = m;
      value[i] -= rate * m;
    }
  });
  args[0] = norm;
}

// running = keep running + take batch, both products rounded before they are added, as the composition of ops does.
#if defined(__clang__)
static void blend(float* running, const float* batch, int64_t count, float keep, float take) {
#pragma clang fp contract(off)
#else
__attribute__((optimize("fp-contract=off"), noinline)) static void blend(float* running, const float* batch, int64_t count,
                                                                         float keep, float take) {
#endif
  for (int64_t i = 0; i < count; ++i) running[i] = running[i] * keep + batch[i] * take;
}

// running = (1 - momentum) running + momentum batch for means, and the same for variances made unbiased.
// RunningStatistics: n, momentum, then for each batch norm: running mean and variance, the batch's mean and biased variance,
//                    channels, values per channel
DRNAS_KERNEL(RunningStatistics) {
  const double momentum = args[1];
  const float keep = static_cast<float>(1 - momentum);
  for (int64_t i = 0; i < integer(args[0]); ++i) {
    const double* const at = args + 2 + 6 * i;
    const int64_t channels = integer(at[4]);
    const double unbiased = momentum * (at[5] / (at[5] - 1));
    blend(pointer<float>(at[0]), pointer<float>(at[2]), channels, keep, static_cast<float>(momentum));
    blend(pointer<float>(at[1]), pointer<float>(at[3]), channels, keep, static_cast<float>(unbiased));
  }
}
