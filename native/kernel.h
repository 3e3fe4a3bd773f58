// What every kernel sees: its arguments, the threads, and the export macro.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__wasm__)
#define DRNAS_EXPORT __attribute__((visibility("default"), used))
#else
#define DRNAS_EXPORT __attribute__((visibility("default")))
#endif

// Before a loop whose results may lie where an operand lies: element i depends on elements i alone.
#if defined(__clang__)
#define DRNAS_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define DRNAS_INDEPENDENT _Pragma("GCC ivdep")
#endif

// A kernel: extern "C" void drnas_NAME(double* args). Pointers, integers and reals all travel as doubles.
#define DRNAS_KERNEL(name) extern "C" DRNAS_EXPORT void drnas_##name(double* args)

namespace drnas {

// Runs body(context, i) for every i in [0, count) on all threads and returns when all are done.
// Which thread runs which i is unspecified, so a body writes only to places that belong to its i;
// sums over i are combined afterwards in the order of i, and results do not depend on the thread count.
void parallel_for(int64_t count, void (*body)(void* context, int64_t index), void* context);

int thread_count();

template <class Body>
inline void parallel_for(int64_t count, const Body& body) {
  parallel_for(
      count, [](void* context, int64_t index) { (*static_cast<const Body*>(context))(index); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

template <class T>
inline T* pointer(double value) {
  return reinterpret_cast<T*>(static_cast<uintptr_t>(value));
}
inline int64_t integer(double value) { return static_cast<int64_t>(value); }

}  // namespace drnas
