// Forward pass of the fused NAS-Bench-201 search cell, and the sizes of the memory that both passes ask for.
#include "nb201_image.h"

namespace drnas {
namespace nb201 {
namespace {

// Where a running thread works.
struct Room {
  float* copies;      // padded copies of relu(x_j)
  float* statistics;  // [output][3][V]
  float* sums;        // [cb][V] of relu(x_j)
  float* relus;       // [source][cb][stride]
  float* ones;        // the 1x1 convolutions into a node, added up
  PoolRoom pool;
  Halves mixed, shuffled;  // node i before and after the channel shuffle
};

struct Scratch {
  Slots slots;
  PoolMaps maps;
  float* rest[3];      // bypassed channels of nodes 0..2
  float* weights3[3];  // packed, per source
  float* weights1[kNodes];  // packed and scaled, per target
  double* record;      // [image][shift, sum, squares][edge][c]: each image's statistics of the 3x3 outputs
  double* relu_sum;    // [image][c]
  float* shift;        // [unit][cb][V]: about which a unit's products of relu(x_j) are summed
  float* products;     // [unit][pair_floats]
  double* covariance;  // [c][c]
  float* scale;        // [12][cb][V]: mixing weight / standard deviation
  float* bias;         // [node][cb][V]
  double* lanes;       // [8][3*c]: one row a task
  Room* rooms;
};

Room take_room(const Geometry& g, Arena& arena) {
  Room r;
  r.copies = arena.take<float>(g.copies() * g.cb * g.pad_stride);
  int64_t outputs = 0;
  for (int j = 0; j < 3; ++j) outputs = g.outputs(j) > outputs ? g.outputs(j) : outputs;
  r.statistics = arena.take<float>(outputs * 3 * V);
  r.sums = arena.take<float>(g.cb * V);
  r.relus = arena.take<float>(3 * g.image());
  r.ones = arena.take<float>(g.image());
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
  }
  for (int i = 0; i < kNodes; ++i) s.weights1[i] = arena.take<float>(i * g.c * g.cb * lanes);
  s.record = arena.take<double>(g.B * 3 * kEdges * g.c);
  s.relu_sum = arena.take<double>(g.B * g.c);
  s.shift = arena.take<float>(g.units * g.cb * V);
  s.products = arena.take<float>(g.units * pair_floats(g));
  s.covariance = arena.take<double>(g.c * g.c);
  s.scale = arena.take<float>(2 * kEdges * g.cb * V);
  s.bias = arena.take<float>(kNodes * g.cb * V);
  s.lanes = arena.take<double>(8 * 3 * g.c);
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

// One output block's weights for all rows: w is [row][c].
void pack_rows(const Geometry& g, const float* w, int64_t rows, int64_t block, float* to, int64_t row_stride) {
  const int64_t channel = block * g.bs, lanes = g.c - channel < g.bs ? g.c - channel : g.bs;
  for (const float* from = w + channel; rows > 0; --rows, from += g.c, to += row_stride) {
    copy(to, from, lanes);
    for (int64_t lane = lanes; lane < g.bs; ++lane) to[lane] = 0;
  }
}

void pack3(const Forward& f, int j) {
  const Geometry& g = f.g;
  const Fan& fan = g.fan3[j];
  pack_weights(f.scratch.weights3[j], 9 * g.c, fan.count * g.cb, g.planar,
               [&](int64_t output, float* to, int64_t row_stride) {
                 pack_rows(g, f.w3[edge_of(fan.target[output / g.cb], j)], 9 * g.c, output % g.cb, to, row_stride);
               });
}

// The weights of all 1x1 convolutions into node i, times their scale; rows are (source, input channel).
void pack1(const Forward& f, int i) {
  const Geometry& g = f.g;
  int sources = 0;
  for (int j = 0; j < i; ++j) sources += g.keep[edge_of(i, j)][kConv1];
  pack_weights(f.scratch.weights1[i], sources * g.c, g.cb, g.planar, [&](int64_t block, float* to, int64_t row_stride) {
    for (int j = 0; j < i; ++j) {
      const int edge = edge_of(i, j);
      if (!g.keep[edge][kConv1]) continue;
      pack_rows(g, f.w1[edge], g.c, block, to, row_stride);
      const float* scale = f.scratch.scale + (2 * edge * g.cb + block) * V;
      for (int64_t row = 0; row < g.c; ++row, to += row_stride)
        for (int64_t lane = 0; lane < g.bs; ++lane) to[lane] *= scale[lane];
    }
  });
}

// The 3x3 convolutions out of node j of image b, and what the batch statistics of all convolutions need of it.
void convolve_node(const Forward& f, const Room& room, int j, int64_t b, int64_t unit, bool first) {
  const Geometry& g = f.g;
  const bool three = g.fan3[j].count > 0, one = g.fan1[j].count > 0 && f.training;
  if (!three && !one) return;
  const float* middle = relu_copies(g, f.node(j, b), three, room.copies, room.sums);
  if (one) {
    double* sum = f.scratch.relu_sum + b * g.c;
    for (int64_t c = 0; c < g.c; ++c)
      sum[c] = g.planar ? lane_sum(load(room.sums + c * V)) : room.sums[c];
    float* shift = f.scratch.shift + unit * g.cb * V;
    if (first)  // the unit's shift is the mean of the image it begins with
      for (int64_t i = 0; i < g.cb * V; ++i) {
        const int64_t channel = g.planar ? i / V : i;
        shift[i] = channel < g.c ? static_cast<float>(sum[channel] / static_cast<double>(g.n)) : 0.0f;
      }
    const Tap centre{middle + g.origin(), g.pad_stride, g.cb};
    weight_gradient(WeightGradient{&centre, 1, centre.in, g.pad_stride, g.cb, g.n,
                                   f.scratch.products + unit * pair_floats(g), first, g.lines(),
                                   g.lines().gap, shift},
                    g.planar);
  }
  if (!three) return;
  Tap taps[9];
  taps_of_copies(g, room.copies, g.cb, false, taps);
  convolve(g, Convolution{taps, 9, g.cb, g.last_lanes, f.scratch.weights3[j], 9 * g.c, g.outputs(j),
                          conv_output(g, f.saved, j, 0, b), g.stride, g.n, f.training ? room.statistics : nullptr,
                          g.lines()});
  if (!f.training) return;

  double* record = f.scratch.record + b * 3 * kEdges * g.c;
  for (int s = 0; s < g.fan3[j].count; ++s) {
    double* row = record + edge_of(g.fan3[j].target[s], j) * g.c;
    for (int64_t channel = 0; channel < g.c; ++channel) {
      const float* entry = room.statistics + (s * g.cb + channel / g.bs) * 3 * V;
      for (int part = 0; part < 3; ++part) {
        const float* value = entry + part * V;
        row[part * kEdges * g.c + channel] = part == 0 || !g.planar ? value[channel % g.bs] : lane_sum(load(value));
      }
    }
  }
}

void set_statistics(const Forward& f, int row, int64_t channel, double mean, double variance) {
  const int64_t i = row * f.g.c + channel;
  if (variance < 0) variance = 0;
  f.saved.mean[i] = mean;
  f.mean[i] = static_cast<float>(mean);
  f.variance[i] = static_cast<float>(variance);
  f.saved.inverse[i] = 1 / __builtin_sqrt(variance + f.epsilon);
}

// Batch statistics of one 3x3 convolution from those of its images, in the order of images.
void combine3(const Forward& f, int edge, double* sum) {
  const Geometry& g = f.g;
  const int64_t part = kEdges * g.c;
  double* squares = sum + g.c;
  const double* base = f.scratch.record + edge * g.c;  // the shifts of image 0
  const double n = static_cast<double>(g.n), count = n * static_cast<double>(g.B);
  for (int64_t c = 0; c < g.c; ++c) sum[c] = squares[c] = 0;
  for (int64_t b = 0; b < g.B; ++b) {
    const double* record = f.scratch.record + b * 3 * part + edge * g.c;
    for (int64_t c = 0; c < g.c; ++c) {
      const double d = record[c] - base[c], total = record[part + c];
      sum[c] += total + n * d;
      squares[c] += record[2 * part + c] + d * (2 * total + n * d);
    }
  }
  for (int64_t c = 0; c < g.c; ++c) {
    const double d = sum[c] / count;
    set_statistics(f, 2 * edge + 1, c, base[c] + d, squares[c] / count - d * d);
  }
}

// Mean and covariance of relu(x_j), from each unit's sum of r (r - shift)'.
void combine_relu(const Forward& f, int j, double* unit_mean, double* difference) {
  const Geometry& g = f.g;
  const double n = static_cast<double>(g.n), count = n * static_cast<double>(g.B);
  double* mean = f.saved.relu_mean[j];
  double* covariance = f.scratch.covariance;
  for (int64_t c = 0; c < g.c; ++c) mean[c] = 0;
  for (int64_t i = 0; i < g.c * g.c; ++i) covariance[i] = 0;
  for (int64_t b = 0; b < g.B; ++b)
    for (int64_t c = 0; c < g.c; ++c) mean[c] += f.scratch.relu_sum[b * g.c + c];
  for (int64_t c = 0; c < g.c; ++c) mean[c] /= count;
  for (int64_t unit = 0; unit < g.units; ++unit) {
    const int64_t from = g.first_image(unit), to = g.first_image(unit + 1);
    const double pixels = n * static_cast<double>(to - from);
    for (int64_t c = 0; c < g.c; ++c) {
      double sum = 0;
      for (int64_t b = from; b < to; ++b) sum += f.scratch.relu_sum[b * g.c + c];
      unit_mean[c] = sum / pixels;
      difference[c] = unit_mean[c] - f.scratch.shift[(unit * g.cb + c / g.bs) * V + c % g.bs];
    }
    // sum r (r - s)' = sum (r - m)(r - m)' + pixels * u (u - s)' + pixels * (u - m)(m - u)' with u, m the means of unit
    // and batch; what is wanted is the first term of the right side.
    const float* products = f.scratch.products + unit * pair_floats(g);
    for (int64_t a = 0; a < g.c; ++a) {
      const double lift = pixels * unit_mean[a], apart = pixels * (unit_mean[a] - mean[a]);
      for (int64_t c = 0; c < g.c; ++c)
        covariance[a * g.c + c] +=
            products[a * pair_row(g) + c] - lift * difference[c] + apart * (unit_mean[c] - mean[c]);
    }
  }
  for (int64_t i = 0; i < g.c * g.c; ++i) covariance[i] /= count;
}

// Statistics of a 1x1 convolution from those of its input.
void combine1(const Forward& f, int edge, int j, double* mean) {
  const Geometry& g = f.g;
  const float* w = f.w1[edge];
  double* projected = f.saved.projected[edge];
  double* variance = mean + g.c;
  for (int64_t c = 0; c < g.c; ++c) mean[c] = variance[c] = 0;
  for (int64_t a = 0; a < g.c; ++a) {
    double* row = projected + a * g.c;
    for (int64_t c = 0; c < g.c; ++c) row[c] = 0;
    for (int64_t in = 0; in < g.c; ++in) {
      const double factor = f.scratch.covariance[a * g.c + in];
      for (int64_t c = 0; c < g.c; ++c) row[c] += factor * w[in * g.c + c];
    }
    for (int64_t c = 0; c < g.c; ++c) {
      mean[c] += f.saved.relu_mean[j][a] * w[a * g.c + c];
      variance[c] += w[a * g.c + c] * row[c];
    }
  }
  for (int64_t c = 0; c < g.c; ++c) set_statistics(f, 2 * edge, c, mean[c], variance[c]);
}

void combine(const Forward& f, int j) {
  const Geometry& g = f.g;
  const Fan &three = g.fan3[j], &one = g.fan1[j];
  parallel_for(three.count + (one.count > 0), [&](int64_t task) {
    double* lanes = f.scratch.lanes + task * 3 * g.c;
    if (task < three.count) combine3(f, edge_of(three.target[task], j), lanes);
    else combine_relu(f, j, lanes, lanes + g.c);
  });
  parallel_for(one.count, [&](int64_t task) {
    combine1(f, edge_of(one.target[task], j), j, f.scratch.lanes + task * 3 * g.c);
  });
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
  Term terms[7], pools[3];
  Tap ones[3];
  int count = 0, pool_count = 0, one_count = 0;
  for (int j = 0; j < i; ++j) {
    const int edge = edge_of(i, j);
    if (g.keep[edge][kConv3])
      terms[count++] =
          Term{conv_output(g, f.saved, j, slot_of(g.fan3[j], i), b), f.scratch.scale + (2 * edge + 1) * g.cb * V, 0};
    if (g.keep[edge][kConv1]) {
      float* relus = room.relus + one_count * g.image();
      relu_flat(g, f.node(j, b), nullptr, relus);
      ones[one_count++] = Tap{relus, g.stride, g.cb, true};
    }
    if (g.keep[edge][kSkip]) terms[count++] = Term{f.node(j, b), nullptr, f.theta_of(edge, kSkip)};
    if (g.keep[edge][kPool]) pools[pool_count++] = Term{f.node(j, b), nullptr, f.theta_of(edge, kPool)};
  }
  if (one_count > 0) {
    convolve(g, Convolution{ones, one_count, g.cb, g.last_lanes, f.scratch.weights1[i], one_count * g.c, g.cb,
                            room.ones, g.stride, g.n, nullptr, g.lines()});
    terms[count++] = Term{room.ones, nullptr, 1};
  }
  float* image = f.y + b * g.n * g.C;
  const Halves shuffled = i == 3 ? room.shuffled : Halves{f.node(i, b), f.scratch.rest[i] + b * g.rest()};
  float* active = g.k > 1 ? room.mixed.active : i == 3 && g.same_layout ? image : shuffled.active;

  for (int64_t block = 0; block < g.cb; ++block) {
    float* out = active + block * g.stride;
    const vec bias = load(f.scratch.bias + (i * g.cb + block) * V);
    const auto sink = [&](int64_t q, vec v) { store(out + q, v); };
    if (pool_count == 0) {
      weighted_sum<7>(g, terms, count, block, bias, [](int64_t) { return vec{}; }, sink);
      continue;
    }
    float* padded = room.pool.padded + g.W * g.bs;
    weighted_sum<3>(g, pools, pool_count, block, vec{}, [](int64_t) { return vec{}; },
                 [&](int64_t q, vec v) { store(padded + q, v); });
    pool_vertical(g, room.pool);
    const PoolMaps& m = f.scratch.maps;
    weighted_sum<7>(g, terms, count, block, bias,
                 [&](int64_t q) { return pool_horizontal(g, room.pool, m.share, m.left, m.right, q); }, sink);
  }
  if (g.k > 1) {
    copy(room.mixed.rest, f.scratch.rest[0] + b * g.rest(), g.rest());
    for (int j = 1; j < i; ++j) add_to(room.mixed.rest, f.scratch.rest[j] + b * g.rest(), g.rest());
    shuffle(g, room.mixed, shuffled);
  }
  if (i < 3) zero_tail(g, shuffled.active, g.cb);
  if (i == 3 && !g.same_layout) write_image(g, shuffled.active, shuffled.rest, image);
}

void run(const Forward& f) {
  const Geometry& g = f.g;
  for (int stage = 0; stage < kNodes; ++stage) {
    if (stage < 3) pack3(f, stage);
    if (stage > 0) {
      if (f.training) combine(f, stage - 1);
      prepare_mix(f, stage);
      pack1(f, stage);
    }
    each_image(g, f.scratch.slots, f.scratch.rooms,
               [&](const Room& room, int64_t b, int64_t unit, bool first) {
                 if (stage > 0) mix_node(f, room, stage, b);
                 else if (!g.same_layout)
                   read_image(g, f.x + b * g.n * g.C, f.node(0, b), f.scratch.rest[0] + b * g.rest());
                 if (stage < 3) convolve_node(f, room, stage, b, unit, first);
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
