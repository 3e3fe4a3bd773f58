// What the compiler may call without being asked, for the wasm build, which has no C library.
#if defined(__wasm__)
#include <stddef.h>

// With -mbulk-memory these become one memory.copy or memory.fill instruction each.
extern "C" void* memcpy(void* to, const void* from, size_t bytes) { return __builtin_memcpy(to, from, bytes); }
extern "C" void* memmove(void* to, const void* from, size_t bytes) { return __builtin_memmove(to, from, bytes); }
extern "C" void* memset(void* to, int value, size_t bytes) { return __builtin_memset(to, value, bytes); }
#endif
