// Forward pass of the fused NAS-Bench-201 search cell, and the sizes of the memory that both passes ask for.
#include "nb201_cell.h"

namespace drnas {
namespace nb201 {
namespace {

// Where a running thread works.
struct Room {
  float* copies;      // padded copies of relu(x_j)
  float* statistics;  // [output][3][V]
  PoolRoom pool;
  Halves mixed, shuffled;  // node i before and after the channel shuffle
};

struct Scratch {
  Slots slots;
  PoolMaps maps;
  float* rest[3];     // bypassed channels of nodes 0..2
  float* weights3[3];  // packed, per source
  float* weights1[3];
  double* record;     // [image][shift, sum, squares][12*c]: each image's statistics
  float* scale;       // [12][cb][V]: mixing weight / standard deviation
  float* bias;        // [node][cb][V]
  double* lanes;      // [4*12*c] for combining
  Room* rooms;
};

Room take_room(const Geometry& g, Arena& arena) {
  Room r;
  r.copies = arena.take<float>(g.copies() * g.cb * g.pad_stride);
  int64_t outputs = 0;
  for (int j = 0; j < 3; ++j) outputs = g.outputs(j) > outputs ? g.outputs(j) : outputs;
  r.statistics = arena.take<float>(outputs * 3 * V);
  r.pool = take_pool_room(g, arena);
  r.mixed.active = arena.take<float>(g.image());
  r.mixed.rest = arena.take<float>(g.rest());
  r.shuffled.active = arena.take<float>(g.image());
  r.shuffled.rest = arena.take<float>(g.rest());
  return r;
}

Scratch take_scratch(const Geometry& g, Arena& arena) {
  Scratch s;
  const int64_t lanes = g.planar ? 1 : V;
  s.slots = take_slots(arena);
  s.maps = take_maps(g, arena);
  for (int j = 0; j < 3; ++j) {
    s.rest[j] = arena.take<float>(g.B * g.rest());
    s.weights3[j] = arena.take<float>(9 * g.c * g.fan3[j].count * g.cb * lanes);
    s.weights1[j] = arena.take<float>(g.c * g.fan1[j].count * g.cb * lanes);
  }
  s.record = arena.take<double>(g.B * 3 * 2 * kEdges * g.c);
  s.scale = arena.take<float>(2 * kEdges * g.cb * V);
  s.bias = arena.take<float>(kNodes * g.cb * V);
  s.lanes = arena.take<double>(4 * 2 * kEdges * g.c);
  s.rooms = arena.take<Room>(s.slots.count);
  for (int64_t i = 0; i < s.slots.count; ++i) {
    const Room room = take_room(g, arena);
    if (s.rooms) s.rooms[i] = room;
  }
  return s;
}

struct Forward {
  Geometry g;
  const float* x;
  const float* theta;
  const float* w1[kEdges];
  const float* w3[kEdges];
  float* mean;
  float* variance;
  float* y;
  double epsilon;
  bool training;
  Saved saved;
  Scratch scratch;

  float theta_of(int edge, Op op) const { return g.keep[edge][op] ? theta[edge * kOps + op] : 0.0f; }
  float* node(int j, int64_t b) const { return saved.node[j] + b * g.image(); }
};

void pack(const Forward& f, int j) {
  const Geometry& g = f.g;
  for (int three = 0; three < 2; ++three) {
    const Fan& fan = three ? g.fan3[j] : g.fan1[j];
    const int64_t rows = (three ? 9 : 1) * g.c;
    pack_weights(three ? f.scratch.weights3[j] : f.scratch.weights1[j], rows, fan.count * g.cb, g.planar,
                 [&](int64_t output, float* to, int64_t row_stride) {
                   const int edge = edge_of(fan.target[output / g.cb], j);
                   const int64_t channel = output % g.cb * g.bs, lanes = g.c - channel < g.bs ? g.c - channel : g.bs;
                   const float* from = (three ? f.w3 : f.w1)[edge] + channel;
                   for (int64_t row = 0; row < rows; ++row, from += g.c, to += row_stride) {
                     copy(to, from, lanes);
                     for (int64_t lane = lanes; lane < g.bs; ++lane) to[lane] = 0;
                   }
                 });
  }
}

// All convolutions out of node j of image b, with the image's statistics of each output.
void convolve_node(const Forward& f, const Room& room, int j, int64_t b) {
  const Geometry& g = f.g;
  if (g.outputs(j) == 0) return;
  const float* middle = relu_copies(g, f.node(j, b), g.fan3[j].count > 0, room.copies);
  Tap taps[9];
  taps_of_copies(g, room.copies, g.cb, false, taps);
  const Tap centre{middle + g.origin(), g.pad_stride, g.cb};
  float* statistics = f.training ? room.statistics : nullptr;
  Convolution c{taps, 9, g.cb, g.last_lanes, f.scratch.weights3[j], 9 * g.c, g.fan3[j].count * g.cb,
                conv_output(g, f.saved, j, true, 0, b), g.stride, g.n, statistics, g.lines()};
  convolve(g, c);
  Convolution one = c;
  one.taps = &centre, one.tap_count = 1;
  one.weights = f.scratch.weights1[j], one.rows = g.c;
  one.outputs = g.fan1[j].count * g.cb;
  one.out = conv_output(g, f.saved, j, false, 0, b);
  one.statistics = statistics ? statistics + c.outputs * 3 * V : nullptr;
  convolve(g, one);
  if (!f.training) return;

  double* record = f.scratch.record + b * 3 * 2 * kEdges * g.c;
  for (int size = 0; size < 2; ++size) {
    const Fan& fan = size ? g.fan3[j] : g.fan1[j];
    const float* at = size ? statistics : one.statistics;
    for (int s = 0; s < fan.count; ++s) {
      double* row = record + (2 * edge_of(fan.target[s], j) + size) * g.c;
      for (int64_t channel = 0; channel < g.c; ++channel) {
        const float* entry = at + (s * g.cb + channel / g.bs) * 3 * V;
        const int64_t lane = channel % g.bs;
        for (int part = 0; part < 3; ++part) {
          const float* value = entry + part * V;
          row[part * 2 * kEdges * g.c + channel] = part == 0 || !g.planar ? value[lane] : lane_sum(load(value));
        }
      }
    }
  }
}

// Batch statistics of the convolutions out of node j from those of its images, in the order of images.
void combine(const Forward& f, int j) {
  const Geometry& g = f.g;
  const int64_t rows = 2 * kEdges * g.c;
  double* sum = f.scratch.lanes;
  double* squares = sum + rows;
  const double* base = f.scratch.record;  // shifts of image 0
  const double n = static_cast<double>(g.n), count = n * static_cast<double>(g.B);
  for (int size = 0; size < 2; ++size) {
    const Fan& fan = size ? g.fan3[j] : g.fan1[j];
    for (int s = 0; s < fan.count; ++s) {
      const int64_t at = (2 * edge_of(fan.target[s], j) + size) * g.c;
      for (int64_t i = at; i < at + g.c; ++i) sum[i] = squares[i] = 0;
      for (int64_t b = 0; b < g.B; ++b) {
        const double* record = f.scratch.record + b * 3 * rows;
        for (int64_t i = at; i < at + g.c; ++i) {
          const double d = record[i] - base[i], total = record[rows + i];
          sum[i] += total + n * d;
          squares[i] += record[2 * rows + i] + d * (2 * total + n * d);
        }
      }
      for (int64_t i = at; i < at + g.c; ++i) {
        const double d = sum[i] / count, variance = squares[i] / count - d * d;
        f.mean[i] = static_cast<float>(f.saved.mean[i] = base[i] + d);
        f.variance[i] = static_cast<float>(variance > 0 || variance != variance ? variance : 0);
        f.saved.inverse[i] = 1 / __builtin_sqrt((variance > 0 || variance != variance ? variance : 0) + f.epsilon);
      }
    }
  }
}

// The scale of each convolution into node i, and the node's bias.
void prepare_mix(const Forward& f, int i) {
  const Geometry& g = f.g;
  double* scale = f.scratch.lanes;
  double* bias = scale + g.c;
  for (int64_t channel = 0; channel < g.c; ++channel) bias[channel] = 0;
  for (int j = 0; j < i; ++j)
    for (int size = 0; size < 2; ++size) {
      const int edge = edge_of(i, j), row = 2 * edge + size;
      const Op op = size ? kConv3 : kConv1;
      if (!g.keep[edge][op]) continue;
      for (int64_t channel = 0; channel < g.c; ++channel) {
        const int64_t at = row * g.c + channel;
        scale[channel] = f.theta_of(edge, op) * f.saved.inverse[at];
        bias[channel] -= scale[channel] * f.saved.mean[at];
      }
      spread(g, scale, f.scratch.scale + row * g.cb * V);
    }
  spread(g, bias, f.scratch.bias + i * g.cb * V);
}

// Node i of image b.
void mix_node(const Forward& f, const Room& room, int i, int64_t b) {
  const Geometry& g = f.g;
  Term terms[9], pools[3];
  int count = 0, pool_count = 0;
  for (int j = 0; j < i; ++j) {
    const int edge = edge_of(i, j);
    for (int size = 0; size < 2; ++size) {
      const int slot = slot_of(size ? g.fan3[j] : g.fan1[j], i);
      if (slot >= 0)
        terms[count++] = Term{conv_output(g, f.saved, j, size, slot, b),
                              f.scratch.scale + (2 * edge + size) * g.cb * V, 0};
    }
    if (g.keep[edge][kSkip]) terms[count++] = Term{f.node(j, b), nullptr, f.theta_of(edge, kSkip)};
    if (g.keep[edge][kPool]) pools[pool_count++] = Term{f.node(j, b), nullptr, f.theta_of(edge, kPool)};
  }
  float* image = f.y + b * g.n * g.C;
  const Halves shuffled = i == 3 ? room.shuffled : Halves{f.node(i, b), f.scratch.rest[i] + b * g.rest()};
  float* active = g.k > 1 ? room.mixed.active : i == 3 && g.same_layout ? image : shuffled.active;

  for (int64_t block = 0; block < g.cb; ++block) {
    float* out = active + block * g.stride;
    const vec bias = load(f.scratch.bias + (i * g.cb + block) * V);
    const auto sink = [&](int64_t q, vec v) { store(out + q, v); };
    if (pool_count == 0) {
      weighted_sum<9>(g, terms, count, block, bias, [](int64_t) { return vec{}; }, sink);
      continue;
    }
    float* padded = room.pool.padded + g.W * g.bs;
    weighted_sum<3>(g, pools, pool_count, block, vec{}, [](int64_t) { return vec{}; },
                 [&](int64_t q, vec v) { store(padded + q, v); });
    pool_vertical(g, room.pool);
    const PoolMaps& m = f.scratch.maps;
    weighted_sum<9>(g, terms, count, block, bias,
                 [&](int64_t q) { return pool_horizontal(g, room.pool, m.share, m.left, m.right, q); }, sink);
  }
  if (g.k > 1) {
    copy(room.mixed.rest, f.scratch.rest[0] + b * g.rest(), g.rest());
    for (int j = 1; j < i; ++j) add_to(room.mixed.rest, f.scratch.rest[j] + b * g.rest(), g.rest());
    shuffle(g, room.mixed, shuffled);
  }
  if (i == 3 && !g.same_layout) write_image(g, shuffled.active, shuffled.rest, image);
}

void run(const Forward& f) {
  const Geometry& g = f.g;
  for (int stage = 0; stage < kNodes; ++stage) {
    if (stage < 3) pack(f, stage);
    if (stage > 0) {
      if (f.training) combine(f, stage - 1);
      prepare_mix(f, stage);
    }
    parallel_for(g.units, [&](int64_t unit) {
      const int64_t slot = f.scratch.slots.acquire();
      const Room& room = f.scratch.rooms[slot];
      for (int64_t b = g.first_image(unit); b < g.first_image(unit + 1); ++b) {
        if (stage > 0) mix_node(f, room, stage, b);
        else if (!g.same_layout) read_image(g, f.x + b * g.n * g.C, f.node(0, b), f.scratch.rest[0] + b * g.rest());
        if (stage < 3) convolve_node(f, room, stage, b);
      }
      f.scratch.slots.release(slot);
    });
  }
}

}  // namespace

int64_t forward_scratch_bytes(const Geometry& g) {
  Arena arena{nullptr, 0};
  take_scratch(g, arena);
  return arena.used;
}
int64_t backward_scratch_bytes(const Geometry& g, int needs);  // nb201_cell_backward.cpp

}  // namespace nb201
}  // namespace drnas

// args: B, H, W, C, k, needs (0 alpha, 1 weights, 2 all), mask[30].
// Written back: [0] bytes of `saved`, [1] and [2] bytes of scratch for forward and backward.
DRNAS_KERNEL(Nb201CellPlan) {
  using namespace drnas;
  using namespace drnas::nb201;
  const Geometry g = make_geometry(integer(args[0]), integer(args[1]), integer(args[2]), integer(args[3]),
                                   integer(args[4]), args + 6);
  const int needs = static_cast<int>(args[5]);
  Arena arena{nullptr, 0};
  take_saved(g, arena, nullptr);
  args[0] = static_cast<double>(arena.used);
  args[1] = static_cast<double>(forward_scratch_bytes(g));
  args[2] = static_cast<double>(backward_scratch_bytes(g, needs));
}

// args: x, theta, w1[6], w3[6], mean, variance, y, saved, scratch, B, H, W, C, k, epsilon, training, mask[30].
// training: mean and variance are written; otherwise they are read and `saved` is only working memory.
DRNAS_KERNEL(Nb201Cell) {
  using namespace drnas;
  using namespace drnas::nb201;
  Forward f;
  f.g = make_geometry(integer(args[19]), integer(args[20]), integer(args[21]), integer(args[22]), integer(args[23]),
                      args + 26);
  f.x = pointer<const float>(args[0]);
  f.theta = pointer<const float>(args[1]);
  for (int e = 0; e < kEdges; ++e) {
    f.w1[e] = pointer<const float>(args[2 + e]);
    f.w3[e] = pointer<const float>(args[8 + e]);
  }
  f.mean = pointer<float>(args[14]);
  f.variance = pointer<float>(args[15]);
  f.y = pointer<float>(args[16]);
  f.epsilon = args[24];
  f.training = args[25] != 0;
  Arena saved{pointer<char>(args[17]), 0}, scratch{pointer<char>(args[18]), 0};
  f.saved = take_saved(f.g, saved, const_cast<float*>(f.x));
  f.scratch = take_scratch(f.g, scratch);
  for (int64_t i = 0; i < 2 * kEdges * f.g.c; ++i) {
    if (f.training) f.mean[i] = 0, f.variance[i] = 1;  // of pruned operations; the others are overwritten
    f.saved.mean[i] = f.mean[i];
    f.saved.inverse[i] = 1 / __builtin_sqrt(f.variance[i] + f.epsilon);
  }
  run(f);
}
