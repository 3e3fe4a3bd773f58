// 3x3 pools of a plane with padding 1, forward and transposed, and the 2x2 maximum by which channels pass a reduction.
#pragma once
#include "darts_cell.h"

namespace drnas {
namespace darts {

struct Pool {
  int64_t rows, columns, stride, h, w;  // of the input, of the output

  // body(output, first input pixel, rows of the window, columns of the window), all at offsets in floats
  template <class Body>
  void each_window(const Body& body) const {
    for (int64_t y = 0; y < h; ++y) {
      const int64_t top = y * stride > 0 ? y * stride - 1 : 0, bottom = y * stride + 2 < rows ? y * stride + 2 : rows;
      for (int64_t x = 0; x < w; ++x) {
        const int64_t left = x * stride > 0 ? x * stride - 1 : 0,
                      right = x * stride + 2 < columns ? x * stride + 2 : columns;
        body((y * w + x) * V, (top * columns + left) * V, bottom - top, right - left);
      }
    }
  }
};

inline void max_pool(const Pool& p, const float* in, float* out) {
  p.each_window([&](int64_t to, int64_t from, int64_t rows, int64_t columns) {
    vec most = load(in + from);
    for (int64_t y = 0; y < rows; ++y)
      for (int64_t x = 0; x < columns; ++x) {
        const vec v = load(in + from + (y * p.columns + x) * V);
        most = v <= most ? most : v;  // NaN passes
      }
    store(out + to, most);
  });
}

inline void average_pool(const Pool& p, const float* in, float* out) {
  p.each_window([&](int64_t to, int64_t from, int64_t rows, int64_t columns) {
    vec sum = vec{};
    for (int64_t y = 0; y < rows; ++y)
      for (int64_t x = 0; x < columns; ++x) sum += load(in + from + (y * p.columns + x) * V);
    store(out + to, sum * broadcast(1.0f / static_cast<float>(rows * columns)));
  });
}

// dx += the gradient at each window's first maximum in the order of rows, as PyTorch's.
inline void max_pool_transpose(const Pool& p, const float* in, const float* out, const float* gradient, float* dx) {
  p.each_window([&](int64_t to, int64_t from, int64_t rows, int64_t columns) {
    const vec most = load(out + to);
    vec left = load(gradient + to);
    for (int64_t y = 0; y < rows; ++y)
      for (int64_t x = 0; x < columns; ++x) {
        const int64_t at = from + (y * p.columns + x) * V;
        const auto here = load(in + at) == most;
        store(dx + at, load(dx + at) + (here ? left : vec{}));
        left = here ? vec{} : left;
      }
  });
}

inline void average_pool_transpose(const Pool& p, const float* gradient, float* dx) {
  p.each_window([&](int64_t to, int64_t from, int64_t rows, int64_t columns) {
    const vec share = load(gradient + to) * broadcast(1.0f / static_cast<float>(rows * columns));
    for (int64_t y = 0; y < rows; ++y)
      for (int64_t x = 0; x < columns; ++x) {
        float* at = dx + from + (y * p.columns + x) * V;
        store(at, load(at) + share);
      }
  });
}

// The maximum of 2x2 pixels of two rows, and which of the four came first: 0, 1, 2 or 3.
inline vec max_of_four(const float* above, const float* below, vec* choice) {
  const vec v[4] = {load(above), load(above + V), load(below), load(below + V)};
  vec most = v[0], which = vec{};
  for (int i = 1; i < 4; ++i) {
    const auto keeps = v[i] <= most;
    most = keeps ? most : v[i];
    which = keeps ? which : broadcast(static_cast<float>(i));
  }
  *choice = which;
  return most;
}

}  // namespace darts
}  // namespace drnas
