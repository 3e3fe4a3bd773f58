// One vector type of DRNAS_WIDTH floats (16: AVX-512, 8: AVX2, 4: SSE2, NEON, wasm) and the few moves that kernels need.
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

inline double lane_sum(vec v) {
  double sum = 0;
  for (int i = 0; i < V; ++i) sum += v[i];
  return sum;
}

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
