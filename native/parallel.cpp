// The thread pool: one job at a time, its indices claimed in ascending order by whoever is free.
//
// A job's state is one 64-bit ticket, (job number << 32) | indices not yet claimed. A thread claims an index by
// lowering the ticket with a compare-and-swap. The caller claims too, so a thread that wakes late costs nothing;
// it waits only for indices that others have claimed. After a short spin an idle thread sleeps.
#include "kernel.h"

#if defined(__wasm__)
namespace {
// Under wasm every thread is a Node worker with its own instance of this module on the same memory.
// A function pointer is an index into the function table, which is the same in every instance.
constexpr int kSpins = 4000;
inline void relax() {}
inline void sleep_while_equal(uint32_t* address, uint32_t value) {
  __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(address), static_cast<int>(value), -1);
}
inline void wake_all(uint32_t* address) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(address), 0x7fffffff);
}
}  // namespace
#else
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
namespace {
constexpr int kSpins = 2000;
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}
// Never destroyed: sleeping threads still refer to it while the process exits.
struct Sleep {
  std::mutex mutex;
  std::condition_variable changed;
};
Sleep& sleep_state() {
  static Sleep* state = new Sleep;
  return *state;
}
void sleep_while_equal(uint32_t* address, uint32_t value) {
  std::unique_lock<std::mutex> lock(sleep_state().mutex);
  while (__atomic_load_n(address, __ATOMIC_SEQ_CST) == value) sleep_state().changed.wait(lock);
}
void wake_all(uint32_t*) {
  { std::lock_guard<std::mutex> lock(sleep_state().mutex); }
  sleep_state().changed.notify_all();
}
}  // namespace
#endif

namespace {

struct Pool {
  uint64_t ticket;      // (job << 32) | unclaimed indices
  uint32_t signal;      // changes with every job and every change of the limit; sleepers wait on it
  uint32_t sleepers;    // how many threads may be asleep on `signal`
  uint32_t finished;    // indices done in this job
  uint32_t caller_asleep;
  uint32_t busy;        // 1 while a job runs: nested and concurrent calls then run on their own thread
  uint32_t limit;       // threads that may work, the caller included
  uint32_t may_block;   // 0 where the caller must not sleep (a browser's main thread)
  int64_t count;
  void (*body)(void*, int64_t);
  void* context;
};
Pool pool = {0, 0, 0, 0, 0, 0, 1, 1, 0, nullptr, nullptr};

// Claims one index of the current job; -1 when none is left. A successful claim proves that the job is not over,
// so `count`, `body` and `context` belong to it.
int64_t claim() {
  uint64_t ticket = __atomic_load_n(&pool.ticket, __ATOMIC_ACQUIRE);
  while (static_cast<uint32_t>(ticket) != 0) {
    if (__atomic_compare_exchange_n(&pool.ticket, &ticket, ticket - 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
      return pool.count - static_cast<uint32_t>(ticket);
  }
  return -1;
}

// Works until nothing is left to claim; says how many indices it did.
uint32_t work() {
  uint32_t done = 0;
  for (int64_t index = claim(); index >= 0; index = claim()) {
    pool.body(pool.context, index);
    ++done;
  }
  return done;
}

void finish(uint32_t done) {
  if (done == 0) return;
  const uint32_t count = static_cast<uint32_t>(pool.count);
  if (__atomic_add_fetch(&pool.finished, done, __ATOMIC_SEQ_CST) == count &&
      __atomic_load_n(&pool.caller_asleep, __ATOMIC_SEQ_CST) != 0)
    wake_all(&pool.finished);
}

// The life of thread number `id` (the caller is 0).
void serve(uint32_t id) {
  for (;;) {
    const uint32_t seen = __atomic_load_n(&pool.signal, __ATOMIC_SEQ_CST);
    if (id < __atomic_load_n(&pool.limit, __ATOMIC_SEQ_CST)) finish(work());
    for (int spin = 0; spin < kSpins && __atomic_load_n(&pool.signal, __ATOMIC_RELAXED) == seen; ++spin) relax();
    if (__atomic_load_n(&pool.signal, __ATOMIC_SEQ_CST) != seen) continue;
    __atomic_add_fetch(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
    sleep_while_equal(&pool.signal, seen);
    __atomic_sub_fetch(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
  }
}

void announce() {
  __atomic_add_fetch(&pool.signal, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&pool.sleepers, __ATOMIC_SEQ_CST) != 0) wake_all(&pool.signal);
}

void wait_for_finish(uint32_t count) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (__atomic_load_n(&pool.finished, __ATOMIC_ACQUIRE) == count) return;
    relax();
  }
  if (__atomic_load_n(&pool.may_block, __ATOMIC_RELAXED) == 0) {
    while (__atomic_load_n(&pool.finished, __ATOMIC_ACQUIRE) != count) relax();
    return;
  }
  __atomic_store_n(&pool.caller_asleep, 1, __ATOMIC_SEQ_CST);
  for (uint32_t seen = __atomic_load_n(&pool.finished, __ATOMIC_SEQ_CST); seen != count;
       seen = __atomic_load_n(&pool.finished, __ATOMIC_SEQ_CST))
    sleep_while_equal(&pool.finished, seen);
  __atomic_store_n(&pool.caller_asleep, 0, __ATOMIC_SEQ_CST);
}

}  // namespace

namespace drnas {

int thread_count() { return static_cast<int>(__atomic_load_n(&pool.limit, __ATOMIC_RELAXED)); }

void parallel_for(int64_t count, void (*body)(void*, int64_t), void* context) {
  uint32_t idle = 0;
  if (count <= 1 || count > 0x7fffffff || thread_count() == 1 ||
      !__atomic_compare_exchange_n(&pool.busy, &idle, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
    for (int64_t index = 0; index < count; ++index) body(context, index);
    return;
  }
  pool.count = count;
  pool.body = body;
  pool.context = context;
  __atomic_store_n(&pool.finished, 0, __ATOMIC_RELAXED);
  const uint64_t job = (__atomic_load_n(&pool.ticket, __ATOMIC_RELAXED) >> 32) + 1;
  __atomic_store_n(&pool.ticket, (job << 32) | static_cast<uint64_t>(count), __ATOMIC_SEQ_CST);
  announce();
  finish(work());
  wait_for_finish(static_cast<uint32_t>(count));
  __atomic_store_n(&pool.busy, 0, __ATOMIC_RELEASE);
}

}  // namespace drnas

// Threads wake late or not at all without harm, so changing the limit needs no handshake.
extern "C" DRNAS_EXPORT void drnas_set_limit(int limit, int may_block) {
  __atomic_store_n(&pool.may_block, static_cast<uint32_t>(may_block), __ATOMIC_SEQ_CST);
  __atomic_store_n(&pool.limit, static_cast<uint32_t>(limit < 1 ? 1 : limit), __ATOMIC_SEQ_CST);
  announce();
}

#if defined(__wasm__)
extern "C" DRNAS_EXPORT void drnas_serve(int id) { serve(static_cast<uint32_t>(id)); }
#else
// Starts threads until there are `threads` with the caller; returns how many may work.
extern "C" DRNAS_EXPORT int drnas_set_threads(int threads) {
  static uint32_t started = 1;  // guarded by the lock below, with the caller counted
  static std::mutex* starting = new std::mutex;
  std::lock_guard<std::mutex> lock(*starting);
  while (static_cast<int>(started) < threads) {
    const uint32_t id = started;
    std::thread(serve, id).detach();
    ++started;
  }
  drnas_set_limit(threads, 1);
  return drnas::thread_count();
}
#endif
