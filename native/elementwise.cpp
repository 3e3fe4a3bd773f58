// Element by element work on float32: filling, adding, multiplying, relu and its gradient.
#include "kernel.h"

namespace {
constexpr int64_t kChunk = 16384;  // elements of one parallel unit

template <class Body>
void in_chunks(int64_t count, const Body& body) {
  const int64_t chunks = (count + kChunk - 1) / kChunk;
  drnas::parallel_for(chunks, [&](int64_t chunk) {
    const int64_t begin = chunk * kChunk;
    const int64_t end = begin + kChunk < count ? begin + kChunk : count;
    body(begin, end);
  });
}
}  // namespace

// Fill: out, count, value
DRNAS_KERNEL(Fill) {
  float* const out = drnas::pointer<float>(args[0]);
  const float value = static_cast<float>(args[2]);
  in_chunks(drnas::integer(args[1]), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = value;
  });
}
