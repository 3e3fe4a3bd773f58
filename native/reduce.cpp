// Sums over one middle axis: out[o][i] = factor * sum over r of x[o][r][i].
#include "channels.h"

using namespace drnas;

namespace {

// The sum of floats that lie together, in eight float64 lanes.
double sum_of(const float* x, int64_t count) {
  double lanes[8] = {}, sum = 0;
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; ++j) lanes[j] += static_cast<double>(x[i + j]);
  for (; i < count; ++i) sum += static_cast<double>(x[i]);
  for (int j = 0; j < 8; ++j) sum += lanes[j];
  return sum;
}

}  // namespace

// Partial sums of fixed chunks are float32 and short; they are joined in float64 in their order.
// Sum: scratch, x, out, outer, reduced, inner, factor. With scratch = 0, args[0] becomes the bytes of scratch needed.
DRNAS_KERNEL(Sum) {
  const int64_t outer = integer(args[3]), inner = integer(args[5]);
  const Rows r(integer(args[4]), inner);
  const int64_t partial_count = outer * r.chunks * inner;
  if (args[0] == 0) {
    args[0] = static_cast<double>(aligned_bytes(partial_count * 8) + Slots::bytes(r.period * 4));
    return;
  }
  char* scratch = pointer<char>(args[0]);
  const float* const x = pointer<float>(args[1]);
  float* const out = pointer<float>(args[2]);
  double* const partial = carve<double>(scratch, partial_count);
  Slots slots(scratch, r.period * 4);
  if (inner <= 0) return;
  if (inner == 1 && r.chunks == 1) {  // short rows, each on its own
    const int64_t rows_of_body = 4096 / r.rows + 1;
    parallel_for((outer + rows_of_body - 1) / rows_of_body, [&](int64_t body) {
      const int64_t end = (body + 1) * rows_of_body < outer ? (body + 1) * rows_of_body : outer;
      for (int64_t o = body * rows_of_body; o < end; ++o)
        out[o] = static_cast<float>(sum_of(x + o * r.rows, r.rows) * args[6]);
    });
    return;
  }
  // Short reductions are taken several to a unit.
  const int64_t units = outer * r.chunks, floats = (r.chunks > 1 ? r.chunk_rows : r.rows) * inner;
  const int64_t units_of_body = floats > 0 && 4096 / floats > 1 ? 4096 / floats : 1;
  parallel_for((units + units_of_body - 1) / units_of_body, [&](int64_t body) {
    char* const slot = slots.take();
    float* __restrict__ const sum = reinterpret_cast<float*>(slot);
    const int64_t end = (body + 1) * units_of_body < units ? (body + 1) * units_of_body : units;
    for (int64_t unit = body * units_of_body; unit < end; ++unit) {
      const float* const from = x + unit / r.chunks * r.rows * inner;
      for (int64_t i = 0; i < r.period; ++i) sum[i] = 0;
      each_period(r, unit % r.chunks, [&](int64_t at, int64_t count) {
        const float* __restrict__ const in = from + at;
        for (int64_t i = 0; i < count; ++i) sum[i] += in[i];
      });
      fold(r, sum, partial + unit * inner);
    }
    slots.give(slot);
  });
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      double total = 0;
      for (int64_t chunk = 0; chunk < r.chunks; ++chunk) total += partial[(o * r.chunks + chunk) * inner + i];
      out[o * inner + i] = static_cast<float>(total * args[6]);
    }
}
