// Element by element work on float32: filling, strided copies, sums of tensors, unary and binary functions.
#include "kernel.h"

using namespace drnas;

namespace {

constexpr int64_t kChunk = 16384;  // elements of one parallel unit

template <class Body>
void in_chunks(int64_t count, const Body& body) {
  parallel_for((count + kChunk - 1) / kChunk, [&](int64_t chunk) {
    const int64_t begin = chunk * kChunk;
    body(begin, begin + kChunk < count ? begin + kChunk : count);
  });
}

// A block of four nested loops. Units of parallel work are whole rows (the innermost loop).
struct Loops {
  int64_t size[4];
  int64_t rows() const { return size[0] * size[1] * size[2]; }
};

// Calls body(offset of each operand) for every row, with `strides` of `count` operands.
template <int count, class Body>
void each_row(const Loops& loops, const int64_t (&strides)[count][4], const Body& body) {
  const int64_t rows = loops.rows(), length = loops.size[3] > 0 ? loops.size[3] : 1;
  const int64_t rows_of_unit = kChunk / length > 0 ? kChunk / length : 1;
  parallel_for((rows + rows_of_unit - 1) / rows_of_unit, [&](int64_t unit) {
    int64_t row = unit * rows_of_unit;
    const int64_t end = row + rows_of_unit < rows ? row + rows_of_unit : rows;
    int64_t k = row % loops.size[2], j = row / loops.size[2] % loops.size[1], i = row / loops.size[2] / loops.size[1];
    for (; row < end; ++row) {
      int64_t at[count];
      for (int n = 0; n < count; ++n) at[n] = i * strides[n][0] + j * strides[n][1] + k * strides[n][2];
      body(at);
      if (++k == loops.size[2]) {
        k = 0;
        if (++j == loops.size[1]) j = 0, ++i;
      }
    }
  });
}

template <int count>
void read_loops(const double* args, Loops& loops, int64_t (&strides)[count][4]) {
  for (int i = 0; i < 4; ++i) loops.size[i] = integer(args[i]);
  for (int n = 0; n < count; ++n)
    for (int i = 0; i < 4; ++i) strides[n][i] = integer(args[4 + 4 * n + i]);
}

// One row of a binary function; a stride is 0 (one value for the whole row) or 1.
template <class Function>
void binary_row(const float* a, int64_t a_stride, const float* b, int64_t b_stride, float* out, int64_t count,
                const Function& f) {
  if (a_stride == 1 && b_stride == 1) {
    DRNAS_INDEPENDENT
    for (int64_t i = 0; i < count; ++i) out[i] = f(a[i], b[i]);
  } else if (a_stride == 1) {
    const float value = *b;
    DRNAS_INDEPENDENT
    for (int64_t i = 0; i < count; ++i) out[i] = f(a[i], value);
  } else if (b_stride == 1) {
    const float value = *a;
    DRNAS_INDEPENDENT
    for (int64_t i = 0; i < count; ++i) out[i] = f(value, b[i]);
  } else {
    const float value = f(*a, *b);
    for (int64_t i = 0; i < count; ++i) out[i] = value;
  }
}

template <class Function>
void binary(double* args, const Function& f) {
  const float* const a = pointer<float>(args[1]);
  const float* const b = pointer<float>(args[2]);
  float* const out = pointer<float>(args[3]);
  Loops loops;
  int64_t strides[3][4];
  read_loops(args + 4, loops, strides);
  each_row(loops, strides, [&](const int64_t* at) {
    binary_row(a + at[0], strides[0][3], b + at[1], strides[1][3], out + at[2], loops.size[3], f);
  });
}

template <class Function>
void unary(double* args, const Function& f) {
  const float* const x = pointer<float>(args[1]);
  float* const out = pointer<float>(args[2]);
  in_chunks(integer(args[3]), [&](int64_t begin, int64_t end) {
    const Function function = f;  // a copy that no store to `out` can change: else the loop does not vectorise
    DRNAS_INDEPENDENT
    for (int64_t i = begin; i < end; ++i) out[i] = function(x[i]);
  });
}

}  // namespace

// Fill: out, count, value
DRNAS_KERNEL(Fill) {
  float* const out = pointer<float>(args[0]);
  const float value = static_cast<float>(args[2]);
  in_chunks(integer(args[1]), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = value;
  });
}

// out[i,j,k,l] = x[i,j,k,l] with any strides, in elements of four bytes: slices, pads, transposes, concatenations.
// Copy: x, out, 4 sizes, 4 strides of x, 4 strides of out
DRNAS_KERNEL(Copy) {
  const int32_t* const x = pointer<int32_t>(args[0]);
  int32_t* const out = pointer<int32_t>(args[1]);
  Loops loops;
  int64_t strides[2][4];
  read_loops(args + 2, loops, strides);
  const int64_t from_stride = strides[0][3], to_stride = strides[1][3], count = loops.size[3];
  each_row(loops, strides, [&](const int64_t* at) {
    const int32_t* __restrict__ const from = x + at[0];
    int32_t* __restrict__ const to = out + at[1];
    if (from_stride == 1 && to_stride == 1) {
      for (int64_t i = 0; i < count; ++i) to[i] = from[i];
    } else {
      for (int64_t i = 0; i < count; ++i) to[i * to_stride] = from[i * from_stride];
    }
  });
}

// Sum of n tensors of one shape, in their order. AddN: out, count, n, then n addresses
DRNAS_KERNEL(AddN) {
  float* const out = pointer<float>(args[0]);
  const int64_t n = integer(args[2]);
  in_chunks(integer(args[1]), [&](int64_t begin, int64_t end) {
    for (int64_t t = 0; t < n; ++t) {
      const float* __restrict__ const x = pointer<float>(args[3 + t]);
      float* __restrict__ const to = out;
      if (t == 0) {
        for (int64_t i = begin; i < end; ++i) to[i] = x[i];
      } else {
        for (int64_t i = begin; i < end; ++i) to[i] += x[i];
      }
    }
  });
}

// Binary: function, a, b, out, 4 sizes, 4 strides each of a, b and out (innermost 0 or 1; of out always 1)
DRNAS_KERNEL(Binary) {
  switch (integer(args[0])) {
    case 0: return binary(args, [](float a, float b) { return a + b; });
    case 1: return binary(args, [](float a, float b) { return a - b; });
    case 2: return binary(args, [](float a, float b) { return a * b; });
    case 3: return binary(args, [](float a, float b) { return a / b; });
    // A NaN on either side stays, as in JavaScript's Math.max and Math.min.
    case 4: return binary(args, [](float a, float b) { return a > b || a != a ? a : b; });
    case 5: return binary(args, [](float a, float b) { return a < b || a != a ? a : b; });
    case 6: return binary(args, [](float a, float b) { return (a - b) * (a - b); });
  }
}

// Unary: function, x, out, count, parameter
DRNAS_KERNEL(Unary) {
  const float parameter = static_cast<float>(args[4]);
  switch (integer(args[0])) {
    case 0: return unary(args, [](float x) { return x < 0 ? 0.0f : x; });                                // relu
    // A NaN fails the comparison and comes in by the sum.
    case 1: return unary(args, [=](float x) { return (x > 0 ? 1.0f : parameter) + (x == x ? 0.0f : x); });  // step
    case 2: return unary(args, [](float x) { return -x; });                                               // negation
    case 3: return unary(args, [](float x) { return x * x; });                                            // square
    case 4: return unary(args, [](float x) { return __builtin_sqrtf(x); });                               // root
    case 5: return unary(args, [](float x) { return 1.0f / __builtin_sqrtf(x); });                        // 1/root
    case 6: return unary(args, [](float x) { return x < 0 ? 0.0f : x > 6 ? 6.0f : x; });                  // relu6
    case 7: return unary(args, [](float x) { return __builtin_fabsf(x); });                               // size
  }
}
