// Working memory for the bodies of a parallel loop: as many equal slots as threads, claimed for the length of a body.
#pragma once
#include "kernel.h"

namespace drnas {

inline int64_t round_up(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

// Bytes round up to cache lines, so that neighbours never share one.
inline int64_t aligned_bytes(int64_t bytes) { return round_up(bytes, 64); }

class Slots {
 public:
  Slots(void* base, int64_t bytes_each)
      : base_(static_cast<char*>(base)), bytes_(aligned_bytes(bytes_each + 1)), count_(count()) {}

  static int64_t bytes(int64_t bytes_each) { return aligned_bytes(bytes_each + 1) * count(); }

  // A slot that no other running body has. There is one for each thread, so the wait is for a thread that was just
  // taken away (setThreads), or for one beyond the 64 that have a bit.
  char* take() {
    uint64_t taken = __atomic_load_n(&taken_, __ATOMIC_RELAXED);
    for (;;) {
      const uint64_t lowest_free = ~taken & (taken + 1);
      if (lowest_free == 0 || __builtin_ctzll(lowest_free) >= count_) {
        taken = __atomic_load_n(&taken_, __ATOMIC_RELAXED);
        continue;
      }
      if (__atomic_compare_exchange_n(&taken_, &taken, taken | lowest_free, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return base_ + bytes_ * __builtin_ctzll(lowest_free);
    }
  }
  void give(char* slot) {
    __atomic_fetch_and(&taken_, ~(uint64_t{1} << ((slot - base_) / bytes_)), __ATOMIC_RELEASE);
  }

 private:
  static int count() { return thread_count() < 64 ? thread_count() : 64; }
  char* base_;
  int64_t bytes_;
  int count_;
  uint64_t taken_ = 0;
};

// A piece of a kernel's working memory; what is left begins after it.
template <class T>
inline T* carve(char*& at, int64_t count) {
  T* const piece = reinterpret_cast<T*>(at);
  at += aligned_bytes(count * static_cast<int64_t>(sizeof(T)));
  return piece;
}

}  // namespace drnas
