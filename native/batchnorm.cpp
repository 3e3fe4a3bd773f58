// Batch normalisation over the rows of [rows, channels]: with the batch's own statistics, its gradient, and with given
// statistics.
#include "moments.h"

using namespace drnas;

namespace {

// y = (x - mean) * factor + offset
void normalise(const Rows& r, const float* x, const float* mean, const float* factor, const float* offset, float* y) {
  parallel_for(r.chunks, [&](int64_t chunk) {
    each_period(r, chunk, [&](int64_t at, int64_t count) {
      const float* __restrict__ const in = x + at;
      float* __restrict__ const out = y + at;
      for (int64_t i = 0; i < count; ++i) out[i] = (in[i] - mean[i]) * factor[i] + offset[i];
    });
  });
}

// The periods of mean, factor and offset.
struct Coefficients {
  float *mean, *factor, *offset;
};

Coefficients coefficients(const Rows& r, char*& scratch, const float* mean, const float* variance, const float* scale,
                          const float* offset, double epsilon) {
  Coefficients k;
  k.mean = carve<float>(scratch, r.period);
  k.factor = carve<float>(scratch, r.period);
  k.offset = carve<float>(scratch, r.period);
  spread(r, mean, k.mean);
  for (int64_t i = 0; i < r.period; ++i) {
    const int64_t c = i % r.channels;
    const double inverse = inverse_deviation(static_cast<double>(variance[c]), epsilon);
    k.factor[i] = static_cast<float>(scale ? inverse * static_cast<double>(scale[c]) : inverse);
    k.offset[i] = offset ? offset[c] : 0.0f;
  }
  return k;
}

int64_t bytes_needed(const Rows& r) {
  return aligned_bytes(r.chunks * 2 * r.channels * 8) + 5 * aligned_bytes(r.period * 4) +
         Slots::bytes(3 * r.period * 4);
}

}  // namespace

// In each of these, scratch = 0 asks for the bytes of scratch, which come back in args[0]; scale and offset may be 0.

// BatchNormTrain: scratch, x, y, mean, variance, scale, offset, rows, channels, epsilon
DRNAS_KERNEL(BatchNormTrain) {
  const Rows r(integer(args[7]), integer(args[8]));
  if (args[0] == 0) {
    args[0] = static_cast<double>(bytes_needed(r));
    return;
  }
  char* scratch = pointer<char>(args[0]);
  const float* const x = pointer<float>(args[1]);
  float* const mean = pointer<float>(args[3]);
  float* const variance = pointer<float>(args[4]);
  const int64_t C = r.channels;
  double* const moments = carve<double>(scratch, r.chunks * 2 * C);
  char* coefficient_room = scratch;
  scratch += 5 * aligned_bytes(r.period * 4);
  Slots slots(scratch, 3 * r.period * 4);
  parallel_for(r.chunks, [&](int64_t chunk) {
    char* const slot = slots.take();
    chunk_moments(r, chunk, x, reinterpret_cast<float*>(slot),
                  {moments + chunk * 2 * C, moments + chunk * 2 * C + C});
    slots.give(slot);
  });
  join_moments(C, r.chunks, [&](int64_t chunk) { return r.count(chunk); }, moments);
  finish_moments(C, r.rows, moments, mean, variance);
  const Coefficients k = coefficients(r, coefficient_room, mean, variance, pointer<float>(args[5]),
                                      pointer<float>(args[6]), args[9]);
  normalise(r, x, k.mean, k.factor, k.offset, pointer<float>(args[2]));
}

// BatchNormEval: scratch, x, y, mean, variance, scale, offset, rows, channels, epsilon
DRNAS_KERNEL(BatchNormEval) {
  const Rows r(integer(args[7]), integer(args[8]));
  if (args[0] == 0) {
    args[0] = static_cast<double>(bytes_needed(r));
    return;
  }
  char* scratch = pointer<char>(args[0]);
  const Coefficients k = coefficients(r, scratch, pointer<float>(args[3]), pointer<float>(args[4]),
                                      pointer<float>(args[5]), pointer<float>(args[6]), args[9]);
  normalise(r, pointer<float>(args[1]), k.mean, k.factor, k.offset, pointer<float>(args[2]));
}

// With z = (x - mean)/deviation and n rows:
//   doffset = sum dy, dscale = sum dy*z, dx = scale/deviation * (dy - doffset/n - z*dscale/n)
// BatchNormTrainGrad: scratch, dy, x, mean, variance, scale, dx, dscale, doffset, rows, channels, epsilon
DRNAS_KERNEL(BatchNormTrainGrad) {
  const Rows r(integer(args[9]), integer(args[10]));
  if (args[0] == 0) {
    args[0] = static_cast<double>(bytes_needed(r));
    return;
  }
  char* scratch = pointer<char>(args[0]);
  const float* const dy = pointer<float>(args[1]);
  const float* const x = pointer<float>(args[2]);
  float* const dx = pointer<float>(args[6]);
  float* const dscale = pointer<float>(args[7]);
  float* const doffset = pointer<float>(args[8]);
  const int64_t C = r.channels;
  double* const sums = carve<double>(scratch, r.chunks * 2 * C);
  char* room = scratch;
  const Coefficients k = coefficients(r, room, pointer<float>(args[3]), pointer<float>(args[4]), nullptr, nullptr, args[11]);
  float* const dx_factor = carve<float>(room, r.period);
  float* const dx_slope = carve<float>(room, r.period);
  Slots slots(scratch + 5 * aligned_bytes(r.period * 4), 3 * r.period * 4);

  parallel_for(r.chunks, [&](int64_t chunk) {
    char* const slot = slots.take();
    float* __restrict__ const sum = reinterpret_cast<float*>(slot);
    float* __restrict__ const product = sum + r.period;
    for (int64_t i = 0; i < r.period; ++i) sum[i] = product[i] = 0;
    each_period(r, chunk, [&](int64_t at, int64_t count) {
      const float* __restrict__ const g = dy + at;
      const float* __restrict__ const in = x + at;
      const float* __restrict__ const mean = k.mean;
      for (int64_t i = 0; i < count; ++i) {
        sum[i] += g[i];
        product[i] += g[i] * (in[i] - mean[i]);
      }
    });
    fold(r, sum, sums + chunk * 2 * C);
    fold(r, product, sums + chunk * 2 * C + C);
    slots.give(slot);
  });

  const float* const scale = pointer<float>(args[5]);
  const double n = static_cast<double>(r.rows > 0 ? r.rows : 1);
  for (int64_t c = 0; c < C; ++c) {
    double sum = 0, product = 0;
    for (int64_t chunk = 0; chunk < r.chunks; ++chunk) {
      sum += sums[chunk * 2 * C + c];
      product += sums[chunk * 2 * C + C + c];
    }
    const double inverse = inverse_deviation(static_cast<double>(pointer<float>(args[4])[c]), args[11]);
    doffset[c] = static_cast<float>(sum);
    dscale[c] = static_cast<float>(product * inverse);
    // dx = factor * (dy - sum/n) - slope * (x - mean)
    const double factor = scale ? inverse * static_cast<double>(scale[c]) : inverse;
    for (int64_t i = c; i < r.period; i += C) {
      dx_factor[i] = static_cast<float>(factor);
      dx_slope[i] = static_cast<float>(factor * inverse * inverse * product / n);
      k.offset[i] = static_cast<float>(factor * sum / n);
    }
  }
  parallel_for(r.chunks, [&](int64_t chunk) {
    each_period(r, chunk, [&](int64_t at, int64_t count) {
      const float* __restrict__ const g = dy + at;
      const float* __restrict__ const in = x + at;
      float* __restrict__ const out = dx + at;
      for (int64_t i = 0; i < count; ++i)
        out[i] = dx_factor[i] * g[i] - k.offset[i] - dx_slope[i] * (in[i] - k.mean[i]);
    });
  });
}
