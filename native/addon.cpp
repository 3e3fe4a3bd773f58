// The N-API glue: finds kernels by name, calls them, hands out aligned memory.
#if !defined(__wasm__)
#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // dladdr
#endif
#include <dlfcn.h>
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "kernel.h"

#ifndef DRNAS_SOURCE_HASH
#define DRNAS_SOURCE_HASH "unknown"
#endif

extern "C" int drnas_set_threads(int threads);

namespace {

using Kernel = void (*)(double*);
constexpr int kMaxKernels = 512;
constexpr size_t kHugePage = size_t{2} << 20;

// One for each JavaScript environment (the main thread, each worker).
struct Instance {
  double* args = nullptr;
  napi_ref args_reference = nullptr;
  Kernel kernels[kMaxKernels];
  int count = 0;
};

// This shared object; kept mapped for ever, because the pool's threads run its code.
void* self_handle() {
  static void* handle = [] {
    Dl_info info;
    if (dladdr(reinterpret_cast<void*>(&drnas_set_threads), &info) == 0) return static_cast<void*>(nullptr);
#if defined(RTLD_NODELETE)
    return dlopen(info.dli_fname, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD | RTLD_NODELETE);
#else
    return dlopen(info.dli_fname, RTLD_NOW | RTLD_LOCAL);
#endif
  }();
  return handle;
}

Instance* instance_of(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Instance*>(data);
}

napi_value number(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

napi_value first_argument(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  return argument;
}

// bind(Float64Array): where `call` finds its arguments and leaves its results.
napi_value bind(napi_env env, napi_callback_info info) {
  Instance* instance = instance_of(env);
  napi_value array = first_argument(env, info);
  void* data = nullptr;
  if (napi_get_typedarray_info(env, array, nullptr, nullptr, &data, nullptr, nullptr) != napi_ok) {
    napi_throw_type_error(env, nullptr, "bind expects a Float64Array");
    return nullptr;
  }
  if (instance->args_reference != nullptr) napi_delete_reference(env, instance->args_reference);
  napi_create_reference(env, array, 1, &instance->args_reference);
  instance->args = static_cast<double*>(data);
  return nullptr;
}

// resolve(name): the number by which `call` knows drnas_<name>, or -1.
napi_value resolve(napi_env env, napi_callback_info info) {
  Instance* instance = instance_of(env);
  char symbol[128] = "drnas_";
  napi_get_value_string_utf8(env, first_argument(env, info), symbol + 6, sizeof(symbol) - 6, nullptr);
  void* kernel = self_handle() == nullptr ? nullptr : dlsym(self_handle(), symbol);
  if (kernel == nullptr || instance->count == kMaxKernels) return number(env, -1);
  instance->kernels[instance->count] = reinterpret_cast<Kernel>(kernel);
  return number(env, instance->count++);
}

napi_value call(napi_env env, napi_callback_info info) {
  Instance* instance = instance_of(env);
  int32_t id = -1;
  napi_get_value_int32(env, first_argument(env, info), &id);
  if (id < 0 || id >= instance->count || instance->args == nullptr) {
    napi_throw_range_error(env, nullptr, "call expects the number of a resolved kernel, after bind");
    return nullptr;
  }
  instance->kernels[id](instance->args);
  return nullptr;
}

void release(napi_env, void* data, void*) { free(data); }

// alloc(bytes): an ArrayBuffer over aligned memory, or null when there is none left.
napi_value alloc(napi_env env, napi_callback_info info) {
  double wanted = 0;
  napi_get_value_double(env, first_argument(env, info), &wanted);
  const size_t bytes = static_cast<size_t>(wanted);
  const size_t alignment = bytes >= kHugePage ? kHugePage : 64;
  void* memory = nullptr;
  napi_value result = nullptr;
  if (bytes == 0 || posix_memalign(&memory, alignment, bytes) != 0) {
    napi_get_null(env, &result);
    return result;
  }
#if defined(__linux__)
  if (bytes >= kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  if (napi_create_external_arraybuffer(env, memory, bytes, release, nullptr, &result) != napi_ok) {
    free(memory);
    napi_get_null(env, &result);
  }
  return result;
}

// address(ArrayBuffer)
napi_value address(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  size_t length = 0;
  if (napi_get_arraybuffer_info(env, first_argument(env, info), &data, &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "address expects an ArrayBuffer");
    return nullptr;
  }
  return number(env, static_cast<double>(reinterpret_cast<uintptr_t>(data)));
}

napi_value set_threads(napi_env env, napi_callback_info info) {
  int32_t threads = 1;
  napi_get_value_int32(env, first_argument(env, info), &threads);
  return number(env, drnas_set_threads(threads));
}

// cpuFeatures(): the widest of the builds that this processor can run.
napi_value cpu_features(napi_env env, napi_callback_info) {
  const char* best = "portable";
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    best = "avx2";
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
      best = "avx512";
  }
#endif
  napi_value result = nullptr;
  napi_create_string_utf8(env, best, NAPI_AUTO_LENGTH, &result);
  return result;
}

void forget(napi_env, void* data, void*) { delete static_cast<Instance*>(data); }

}  // namespace

NAPI_MODULE_INIT() {
  napi_set_instance_data(env, new Instance, forget, nullptr);
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"bind", bind},   {"resolve", resolve},        {"call", call},
                   {"alloc", alloc}, {"address", address},        {"setThreads", set_threads},
                   {"cpuFeatures", cpu_features}};
  for (const auto& entry : functions) {
    napi_value function = nullptr;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.function, nullptr, &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
  napi_value hash = nullptr;
  napi_create_string_utf8(env, DRNAS_SOURCE_HASH, NAPI_AUTO_LENGTH, &hash);
  napi_set_named_property(env, exports, "sourceHash", hash);
  return exports;
}
#endif
