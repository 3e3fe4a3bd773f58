// exp and log in double, for builds without a C library, and the same on every platform.
#pragma once
#include <stdint.h>

namespace drnas {

inline double bits_to_double(int64_t bits) {
  double value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}
inline int64_t double_to_bits(double value) {
  int64_t bits;
  __builtin_memcpy(&bits, &value, sizeof(bits));
  return bits;
}

// e^x = 2^n e^r with |r| <= ln(2)/2, and e^r by its Taylor series to r^13 (rest below 1e-17). NaN stays NaN.
inline double exponential(double x) {
  if (x != x) return x;
  if (x > 709.0) return __builtin_inf();
  if (x < -708.0) return 0;
  const double n = __builtin_floor(x * 1.4426950408889634 + 0.5);
  const double r = (x - n * 0.6931471803691238) - n * 1.9082149292705877e-10;
  double sum = 1.0 / 6227020800.0;
  constexpr double factorials[] = {479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0,
                                   720.0,       120.0,      24.0,      6.0,      2.0,     1.0, 1.0};
  for (double factorial : factorials) sum = sum * r + 1.0 / factorial;
  return sum * bits_to_double((static_cast<int64_t>(n) + 1023) << 52);
}

// log x = e ln 2 + 2 atanh((m-1)/(m+1)) with x = 2^e m, sqrt(1/2) <= m < sqrt(2). For normal positive x.
inline double logarithm(double x) {
  if (!(x > 0)) return x == 0 ? -__builtin_inf() : __builtin_nan("");
  if (x > 1.7e308) return x;
  int64_t exponent = ((double_to_bits(x) >> 52) & 0x7ff) - 1023;
  double m = bits_to_double((double_to_bits(x) & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) m *= 0.5, ++exponent;
  const double s = (m - 1) / (m + 1), s2 = s * s;
  double sum = 0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * s2 + 1.0 / k;
  return static_cast<double>(exponent) * 0.6931471805599453 + 2 * s * sum;
}

}  // namespace drnas
