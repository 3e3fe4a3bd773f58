// One vector type of DRNAS_WIDTH floats (16: AVX-512, 8: AVX2, 4: SSE2, NEON, wasm) and the few moves kernels need.
#pragma once
#include <stdint.h>

#ifndef DRNAS_WIDTH
#define DRNAS_WIDTH 4
#endif

namespace drnas {

constexpr int V = DRNAS_WIDTH;

typedef float vec __attribute__((vector_size(DRNAS_WIDTH * 4)));
typedef float vec_unaligned __attribute__((vector_size(DRNAS_WIDTH * 4), aligned(4), may_alias));

inline vec load(const float* p) { return *reinterpret_cast<const vec_unaligned*>(p); }
inline void store(float* p, vec v) { *reinterpret_cast<vec_unaligned*>(p) = v; }
inline vec broadcast(float x) { return x - vec{}; }  // x - 0 is x for every x, -0 and NaN included

// max(v, 0) that lets NaN through, so that a diverged run shows itself.
inline vec relu(vec v) { return v < vec{} ? vec{} : v; }
// v where gate > 0, else 0: the derivative of relu.
inline vec where_positive(vec gate, vec v) { return gate > vec{} ? v : vec{}; }

#if DRNAS_WIDTH == 16
#define DRNAS_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define DRNAS_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define DRNAS_EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define DRNAS_ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif DRNAS_WIDTH == 8
#define DRNAS_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define DRNAS_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#define DRNAS_EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define DRNAS_ODD 1, 3, 5, 7, 9, 11, 13, 15
#else
#define DRNAS_LOW 0, 4, 1, 5
#define DRNAS_HIGH 2, 6, 3, 7
#define DRNAS_EVEN 0, 2, 4, 6
#define DRNAS_ODD 1, 3, 5, 7
#endif

// The sum of all lanes, halving: log2(V) dependent additions instead of V.
inline float lane_sum(vec v) {
#if DRNAS_WIDTH == 16
  v += __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  v += __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
#elif DRNAS_WIDTH == 8
  v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
  v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5);
  v += __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
#else
  v += __builtin_shufflevector(v, v, 2, 3, 0, 1);
  v += __builtin_shufflevector(v, v, 1, 0, 3, 2);
#endif
  return v[0];
}

// The sums of V vectors, z[i]'s in lane i. Each stage halves the number of vectors and of partial sums in each.
inline vec lane_sums(vec* z) {
#pragma GCC unroll 4
  for (int half = V / 2; half > 0; half /= 2)
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i)
      z[i] = __builtin_shufflevector(z[i], z[i + half], DRNAS_LOW) +
             __builtin_shufflevector(z[i], z[i + half], DRNAS_HIGH);
  return z[0];
}

// z[g] lane j  ->  position j*count + g of the vectors laid end to end. count is a power of two.
inline void interleave(vec* z, int count) {
  vec next[64];
  for (int stage = 1; stage < count; stage *= 2) {
    for (int i = 0; i < count / 2; ++i) {
      next[2 * i] = __builtin_shufflevector(z[i], z[i + count / 2], DRNAS_LOW);
      next[2 * i + 1] = __builtin_shufflevector(z[i], z[i + count / 2], DRNAS_HIGH);
    }
    for (int i = 0; i < count; ++i) z[i] = next[i];
  }
}

// The inverse: position j*count + g  ->  z[g] lane j.
inline void deinterleave(vec* z, int count) {
  vec next[64];
  for (int stage = 1; stage < count; stage *= 2) {
    for (int i = 0; i < count / 2; ++i) {
      next[i] = __builtin_shufflevector(z[2 * i], z[2 * i + 1], DRNAS_EVEN);
      next[i + count / 2] = __builtin_shufflevector(z[2 * i], z[2 * i + 1], DRNAS_ODD);
    }
    for (int i = 0; i < count; ++i) z[i] = next[i];
  }
}

inline void copy(float* to, const float* from, int64_t count) {
  int64_t i = 0;
  for (; i + V <= count; i += V) store(to + i, load(from + i));
  for (; i < count; ++i) to[i] = from[i];
}

// The empty asm keeps the compiler from calling memset, which costs more than the few vectors that are filled.
inline void fill(float* to, float value, int64_t count) {
  int64_t i = 0;
  for (; i + V <= count; i += V) {
    store(to + i, broadcast(value));
    __asm__ volatile("");
  }
  for (; i < count; ++i) {
    to[i] = value;
    __asm__ volatile("");
  }
}

}  // namespace drnas
