// Outer products summed over pixels: what the gradients of convolutions and matrix products for their weights are made of.
#pragma once
#include "kernel.h"
#include "simd.h"

namespace drnas {

// sums[i][o] += sum over pixels of x[pixel][i] * dy[pixel][o]

#if DRNAS_WIDTH == 16
constexpr int kDeepOne = 14, kDeepTwo = 12;
#elif DRNAS_WIDTH == 8
constexpr int kDeepOne = 12, kDeepTwo = 6;
#else
constexpr int kDeepOne = 8, kDeepTwo = 4;
#endif

struct Pixels {
  const float* x;   // at the tap and input of the tile, of the first pixel
  const float* dy;  // at the outputs of the tile
  int64_t rows, columns, x_row, x_step, dy_row, dy_step;
};

// A register tile of K inputs x N vectors of outputs takes in all pixels of a block of rows.
template <int K, int N>
void outer_tile(const Pixels& p, float* sums, int64_t sums_step) {
  vec sum[K][N];
#pragma GCC unroll 16
  for (int k = 0; k < K; ++k)
#pragma GCC unroll 2
    for (int n = 0; n < N; ++n) sum[k][n] = load(sums + k * sums_step + n * V);
  for (int64_t row = 0; row < p.rows; ++row) {
    const float* x = p.x + row * p.x_row;
    const float* g = p.dy + row * p.dy_row;
    for (int64_t column = p.columns; column > 0; --column, x += p.x_step, g += p.dy_step) {
      vec upstream[N];
#pragma GCC unroll 2
      for (int n = 0; n < N; ++n) upstream[n] = load(g + n * V);
#pragma GCC unroll 16
      for (int k = 0; k < K; ++k) {
        const vec value = broadcast(x[k]);
#pragma GCC unroll 2
        for (int n = 0; n < N; ++n) sum[k][n] += value * upstream[n];
      }
    }
  }
#pragma GCC unroll 16
  for (int k = 0; k < K; ++k)
#pragma GCC unroll 2
    for (int n = 0; n < N; ++n) store(sums + k * sums_step + n * V, sum[k][n]);
}

template <int K, int N>
inline void outer_rows(int64_t depth, const Pixels& p, float* sums, int64_t sums_step) {
  if (depth == K) return outer_tile<K, N>(p, sums, sums_step);
  if constexpr (K > 1) outer_rows<K - 1, N>(depth, p, sums, sums_step);
}

template <int N>
inline void outer_block(int64_t depth, Pixels p, float* sums, int64_t sums_step) {
  constexpr int deep = N == 1 ? kDeepOne : kDeepTwo;
  int64_t tiles = (depth + deep - 1) / deep;
  while (depth > 0) {
    const int64_t height = (depth + tiles - 1) / tiles;
    outer_rows<deep, N>(height, p, sums, sums_step);
    p.x += height;
    sums += height * sums_step;
    depth -= height;
    --tiles;
  }
}

// All outputs of `vectors` vectors for `depth` inputs; p is at the first of both, sums [depth][sums_step].
inline void outer_products(int64_t depth, int64_t vectors, Pixels p, float* sums, int64_t sums_step) {
  for (int64_t v = 0; v < vectors; v += 2, p.dy += 2 * V, sums += 2 * V) {
    if (vectors - v >= 2) {
      outer_block<2>(depth, p, sums, sums_step);
    } else {
      outer_block<1>(depth, p, sums, sums_step);
    }
  }
}

}  // namespace drnas
