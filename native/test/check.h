// Exactly sized heap memory, so that the address sanitizer sees a single float too many, and comparisons with doubles.
#pragma once
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <initializer_list>
#include <vector>

namespace check {

inline int failures = 0;

// Marsaglia's xorshift.
struct Random {
  uint64_t state = 88172645463325252ull;
  double next() {  // in [0, 1)
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return static_cast<double>(state >> 11) * 0x1p-53;
  }
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += next();
    return sum;
  }
};

inline Random values;
inline float uniform() { return static_cast<float>(2 * values.next() - 1); }

// Aligned as the pool aligns, and not a byte longer than asked for.
struct Array {
  float* data;
  int64_t count;
  explicit Array(int64_t n) : data(nullptr), count(n) {
    void* memory = nullptr;
    if (posix_memalign(&memory, 64, static_cast<size_t>(n > 0 ? n * 4 : 1)) != 0) abort();
    data = static_cast<float*>(memory);
    for (int64_t i = 0; i < n; ++i) data[i] = uniform();
  }
  Array(const Array&) = delete;
  ~Array() { free(data); }
  double at() const { return static_cast<double>(reinterpret_cast<uintptr_t>(data)); }
};

using Kernel = void (*)(double*);

// Asks how much scratch a kernel needs, then runs it on exactly that.
inline double with_scratch(Kernel kernel, std::vector<double> args) {
  std::vector<double> question = args;
  question[0] = 0;
  kernel(question.data());
  Array scratch(static_cast<int64_t>(question[0] + 3) / 4);
  args[0] = scratch.at();
  kernel(args.data());
  return args[0];
}

inline void close(const char* what, const Array& got, const std::vector<double>& expected, double tolerance) {
  double worst = 0;
  for (int64_t i = 0; i < got.count; ++i) worst = fmax(worst, fabs(static_cast<double>(got.data[i]) - expected[i]));
  if (!(worst <= tolerance)) {
    printf("%s is off by %g\n", what, worst);
    ++failures;
  }
}

inline std::vector<double> joined(std::initializer_list<double> head, const std::vector<double>& tail) {
  std::vector<double> all(head);
  all.insert(all.end(), tail.begin(), tail.end());
  return all;
}

struct Shape {
  int64_t batch, height, width, inputs, outputs, filter, stride, dilation, pad;
  int64_t out(int64_t size) const { return (size + 2 * pad - dilation * (filter - 1) - 1) / stride + 1; }
};

// Calls visit(pixel of x, tap, pixel of y) for all that a convolution multiplies.
template <class Visit>
void each_tap(const Shape& s, const Visit& visit) {
  for (int64_t b = 0; b < s.batch; ++b)
    for (int64_t r = 0; r < s.out(s.height); ++r)
      for (int64_t q = 0; q < s.out(s.width); ++q)
        for (int64_t i = 0; i < s.filter; ++i)
          for (int64_t j = 0; j < s.filter; ++j) {
            const int64_t row = r * s.stride + i * s.dilation - s.pad, column = q * s.stride + j * s.dilation - s.pad;
            if (row < 0 || column < 0 || row >= s.height || column >= s.width) continue;
            visit((b * s.height + row) * s.width + column, i * s.filter + j,
                  (b * s.out(s.height) + r) * s.out(s.width) + q);
          }
}

}  // namespace check
