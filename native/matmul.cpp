// Products of matrices, one for each element of a batch: out[m][n] = sum over k of a[m][k] * b[k][n].
#include "correlate.h"
#include "slots.h"

using namespace drnas;

namespace {

struct Product {
  int64_t batch, rows, depth, columns;
  int64_t a_batch, b_batch;  // distances in floats between matrices, 0 where one matrix serves all
  bool a_transposed, b_transposed;

  int64_t packed() const { return packed_floats(depth, columns); }
  int64_t turned() const { return a_transposed ? rows * depth : 0; }
  int64_t bytes() const { return aligned_bytes(packed() * 4) + aligned_bytes(turned() * 4); }
};

Product product(const double* args) {
  return {integer(args[0]), integer(args[1]), integer(args[2]), integer(args[3]), integer(args[4]),
          integer(args[5]), args[6] != 0,     args[7] != 0};
}

// to[r][c] = from[c][r], in squares so that both sides stay in the cache.
void turn(const float* from, int64_t rows, int64_t columns, float* to) {
  constexpr int64_t side = 32;
  const int64_t strips = (rows + side - 1) / side;
  parallel_for(strips, [&](int64_t strip) {
    const int64_t first = strip * side, last = first + side < rows ? first + side : rows;
    for (int64_t c0 = 0; c0 < columns; c0 += side) {
      const int64_t c1 = c0 + side < columns ? c0 + side : columns;
      for (int64_t r = first; r < last; ++r)
        for (int64_t c = c0; c < c1; ++c) to[r * columns + c] = from[c * rows + r];
    }
  });
}

}  // namespace

// MatMul: scratch, a, b, out, batch, rows, depth, columns, distance of a's matrices, of b's, a transposed, b transposed.
// With scratch = 0, args[0] becomes the bytes of scratch needed.
DRNAS_KERNEL(MatMul) {
  const Product p = product(args + 4);
  if (args[0] == 0) {
    args[0] = static_cast<double>(p.bytes());
    return;
  }
  char* scratch = pointer<char>(args[0]);
  float* const packed = carve<float>(scratch, p.packed());
  float* const turned = carve<float>(scratch, p.turned());
  const Segment segment = {0, p.depth};
  const Packed weights = {packed, p.depth, p.columns};
  for (int64_t i = 0; i < p.batch; ++i) {
    const float* a = pointer<float>(args[1]) + i * p.a_batch;
    const float* const b = pointer<float>(args[2]) + i * p.b_batch;
    float* const out = pointer<float>(args[3]) + i * p.rows * p.columns;
    if (i == 0 || p.b_batch != 0)
      pack(b, p.b_transposed ? 1 : p.columns, p.b_transposed ? p.depth : 1, 0, p.depth, p.depth, p.columns, packed);
    if (p.a_transposed) {
      if (i == 0 || p.a_batch != 0) turn(a, p.rows, p.depth, turned);
      a = turned;
    }
    // Units of about 64k multiply-adds, of a multiple of a tile's rows.
    const int64_t work = p.depth * p.columns > 0 ? p.depth * p.columns : 1;
    const int64_t unit_rows = round_up(65536 / work + 1, kTallTwo);
    parallel_for((p.rows + unit_rows - 1) / unit_rows, [&](int64_t unit) {
      const int64_t first = unit * unit_rows, rows = p.rows - first < unit_rows ? p.rows - first : unit_rows;
      correlate(a + first * p.depth, 0, p.depth, 1, rows, &segment, 1, weights, out + first * p.columns, 0, p.columns);
    });
  }
}
