// Measures what this machine can do at most: multiply-adds a second in registers, and bytes a second of a large copy.
//   g++ -O3 -march=native -ffp-contract=fast -pthread bench/peak.cpp && ./a.out THREADS  ->  one line of JSON
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

#if defined(__AVX512F__)
constexpr int kWidth = 16;
#elif defined(__AVX__)
constexpr int kWidth = 8;
#else
constexpr int kWidth = 4;
#endif
typedef float Vector __attribute__((vector_size(kWidth * 4)));

// Independent chains: more than latency times the multiply-adds begun a cycle, and few enough for the registers.
constexpr int kChains = 12;
constexpr long kTurns = 20'000'000;
constexpr size_t kCopyBytes = size_t{256} << 20;

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

// The longest of the threads' times.
template <class Work>
double seconds_of(int threads, Work work) {
  std::vector<std::thread> pool;
  const double begun = now();
  for (int t = 0; t < threads; ++t) pool.emplace_back(work, t);
  for (auto& thread : pool) thread.join();
  return now() - begun;
}

void multiply_add(volatile float* sink) {
  Vector chain[kChains];
  for (int i = 0; i < kChains; ++i) chain[i] = Vector{} + 0.1f * i;
  const Vector a = Vector{} + *sink, b = Vector{} + 0.5f;
  for (long turn = 0; turn < kTurns; ++turn) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) chain[i] = chain[i] * a + b;
  }
  Vector sum{};
  for (int i = 0; i < kChains; ++i) sum += chain[i];
  *sink = sum[0];
}

}  // namespace

int main(int count, char** words) {
  const int threads = count > 1 ? std::atoi(words[1]) : 1;
  double flops = 0, bytes = 0;
  std::vector<std::vector<char>> from(threads), to(threads);
  for (int t = 0; t < threads; ++t) {
    from[t].assign(kCopyBytes, 1);
    to[t].assign(kCopyBytes, 2);
  }
  // The best of a few: whatever disturbs a measurement makes it slower.
  for (int repeat = 0; repeat < 5; ++repeat) {
    const double computing = seconds_of(threads, [](int) {
      volatile float sink = 0.5f;
      multiply_add(&sink);
    });
    const double rate = 2.0 * kWidth * kChains * kTurns * threads / computing;
    if (rate > flops) flops = rate;
    const double copying =
        seconds_of(threads, [&](int t) { std::memcpy(to[t].data(), from[t].data(), kCopyBytes); });
    const double speed = 2.0 * kCopyBytes * threads / copying;
    if (speed > bytes) bytes = speed;
  }
  std::printf("{\"flopsPerSecond\": %.4g, \"copyBytesPerSecond\": %.4g, \"vectorWidth\": %d}\n", flops, bytes, kWidth);
}
