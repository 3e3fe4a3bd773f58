// Backward pass of the fused NAS-Bench-201 search cell.
//
// Nodes are taken from the last to the first. When node i's gradient g is there, S1 = sum g and S2 = sum g*yhat of each
// convolution into it give its batch normalisation's gradient dy = w/sigma (g - S1/N - yhat S2/N), which is
// factor*g + slope*y + offset per channel; sum S2 over channels is the gradient of its mixing weight. Source j then
// collects the transposed convolutions of all its targets in one, and pooling, skip and relu on the way out.
//
// A 1x1 convolution with weights W has yhat = W'(r - m)/sigma, r = relu(x_j) of mean m and covariance S. So with
// M = sum (r - m) g' over all pixels, a = w/sigma:  S2 = diag(W'M)/sigma,  dW = (M - S W diag(S2/sigma)) diag(a),  and
// dr = W diag(a) g - Q (r - m) - W a S1/N  with  Q = W diag(a S2 / (sigma N)) W': two more taps, no stored output.
#include "nb201_image.h"

namespace drnas {
namespace nb201 {
namespace {

struct Room {
  float* copies;  // padded copies of relu(x_j)
  float* dy3_flat;  // the same end to end, for weight gradients: aligned. Only where rows are lined
  float* dy3;     // padded copies of the 3x3 outputs' gradients
  float* relus;   // [source][cb][stride] relu(x_j) - mean
  float* through_conv;
  PoolRoom pool;
  Halves whole;      // dx of a node, before its shuffle is undone
  Halves unshuffled;
};

struct Scratch {
  Slots slots;
  PoolMaps maps;
  float* gradient[kNodes];  // of the active channels, before the shuffle; node 3's may be dy itself
  float* rest;              // gradient that has passed by, summed over targets so far
  float* transposed[3];     // packed weights
  double* node_sum;         // [image][node][c]: S1
  double* conv_sum;         // [image][edge][c]: S2 of the 3x3
  float* products;          // [source][unit][pair_floats]: M of the 1x1 convolutions into node i
  double* pair[3];          // [source] M, [c][c]
  double* through[3];       // [source] Q, [c][c], summed over targets as they come
  double* transpose[3];     // [source] 1x1 weights, [out][in]
  float* relu_means;        // [source][cb][V]
  float* constant;          // [source][cb][V]: sum over targets of W a S1/N
  double* dots;             // [image][edge][skip, pool]
  float* means;                    // [12][cb][V], of the outputs
  float *factor, *slope, *offset;  // [12][cb][V]: dy = factor*g + slope*y + offset
  double* lanes;            // [6][6*c]: one row a task
  float* partial;           // [unit][tap][...] 3x3 weight gradients of a source
  int64_t partial_size;
  Room* rooms;
};

int64_t partial_floats(const Geometry& g, int j) {
  return round_up(9 * g.cb * g.bs * g.fan3[j].count * pair_row(g), 16);
}

Scratch take_scratch(const Geometry& g, int needs, const float* dy, Arena& arena) {
  Scratch s;
  const int64_t lanes = g.planar ? 1 : V;
  s.slots = take_slots(arena);
  s.maps = take_maps(g, arena);
  s.gradient[0] = nullptr;
  for (int i = 1; i < kNodes; ++i)
    s.gradient[i] = i == 3 && g.same_layout ? const_cast<float*>(dy) : arena.take<float>(g.B * g.image());
  s.rest = arena.take<float>(g.B * g.rest());
  s.partial_size = 0;
  int64_t fan3 = 0;
  for (int j = 0; j < 3; ++j) {
    const int64_t rows = 9 * g.fan3[j].count + g.fan1[j].count + (g.fan1[j].count > 0);
    s.transposed[j] = arena.take<float>(rows * g.c * g.cb * lanes);
    if (partial_floats(g, j) > s.partial_size) s.partial_size = partial_floats(g, j);
    if (g.fan3[j].count > fan3) fan3 = g.fan3[j].count;
    s.pair[j] = arena.take<double>(g.c * g.c);
  }
  for (int j = 0; j < 3; ++j) {
    s.through[j] = arena.take<double>(g.c * g.c);
    s.transpose[j] = arena.take<double>(g.c * g.c);
  }
  s.products = arena.take<float>(3 * g.units * pair_floats(g));
  s.relu_means = arena.take<float>(3 * g.cb * V);
  s.constant = arena.take<float>(3 * g.cb * V);
  s.partial = arena.take<float>(needs == kAlpha ? 0 : g.units * s.partial_size);
  s.node_sum = arena.take<double>(g.B * kNodes * g.c);
  s.conv_sum = arena.take<double>(g.B * kEdges * g.c);
  s.dots = arena.take<double>(g.B * 2 * kEdges);
  s.means = arena.take<float>(2 * kEdges * g.cb * V);
  s.factor = arena.take<float>(2 * kEdges * g.cb * V);
  s.slope = arena.take<float>(2 * kEdges * g.cb * V);
  s.offset = arena.take<float>(2 * kEdges * g.cb * V);
  s.lanes = arena.take<double>(6 * 6 * g.c);
  s.rooms = arena.take<Room>(s.slots.count);
  for (int64_t i = 0; i < s.slots.count; ++i) {
    Room r;
    r.copies = arena.take<float>(needs == kAlpha ? 0 : g.copies() * g.cb * g.pad_stride);
    r.dy3 = arena.take<float>(g.copies() * fan3 * g.cb * g.pad_stride);
    r.dy3_flat = arena.take<float>(needs != kAlpha && g.lined ? fan3 * g.image() : 0);
    r.relus = arena.take<float>(3 * g.image());
    r.through_conv = arena.take<float>(g.image());
    r.pool = take_pool_room(g, arena);
    r.whole.active = arena.take<float>(g.image());
    r.whole.rest = arena.take<float>(g.rest());
    r.unshuffled.active = arena.take<float>(g.image());
    r.unshuffled.rest = arena.take<float>(g.rest());
    if (s.rooms) s.rooms[i] = r;
  }
  return s;
}

struct Backward {
  Geometry g;
  const float* dy;
  const float* theta;
  const float* w1[kEdges];
  const float* w3[kEdges];
  Saved saved;
  float* dx;
  float* dtheta;
  float* dw1[kEdges];
  float* dw3[kEdges];
  int needs;
  Scratch scratch;

  bool wants_theta() const { return needs != kWeights; }
  bool wants_weights() const { return needs != kAlpha; }
  float theta_of(int edge, Op op) const { return g.keep[edge][op] ? theta[edge * kOps + op] : 0.0f; }
  const float* node(int j, int64_t b) const { return saved.node[j] + b * g.image(); }
  float* gradient(int i, int64_t b) const { return scratch.gradient[i] + b * g.image(); }
};

// Weights of the transposed convolutions into source j. Rows: (tap of the flipped 3x3, target, output channel), then
// (target, channel of its gradient) of the 1x1, then the channels of relu(x_j) - mean, with -Q.
void pack(const Backward& f, int j) {
  const Geometry& g = f.g;
  const Fan &three = g.fan3[j], &one = g.fan1[j];
  const int64_t rows = 9 * three.count + one.count + (one.count > 0);
  pack_weights(f.scratch.transposed[j], rows * g.c, g.cb, g.planar, [&](int64_t block, float* to, int64_t row_stride) {
    const int64_t input = block * g.bs;
    // w [input][output], times a factor an output: transposed, V x V at a time where whole blocks allow it.
    const auto transpose = [&](const float* w, const float* factor) {
      const auto factor_of = [&](int64_t out) { return factor ? factor[out / g.bs * V + out % g.bs] : 1.0f; };
      if (!g.planar && g.c % V == 0) {
        for (int64_t out = 0; out < g.c; out += V) {
          vec z[V];
          const vec scale = factor ? load(factor + out) : broadcast(1);
          for (int i = 0; i < V; ++i) z[i] = load(w + (input + i) * g.c + out) * scale;
          deinterleave(z, V);
          for (int i = 0; i < V; ++i) store(to + (out + i) * row_stride, z[i]);
        }
      } else {
        for (int64_t lane = 0; lane < g.bs; ++lane)
          for (int64_t out = 0; out < g.c; ++out)
            to[out * row_stride + lane] = input + lane < g.c ? w[(input + lane) * g.c + out] * factor_of(out) : 0.0f;
      }
      to += g.c * row_stride;
    };
    for (int tap = 0; tap < 9; ++tap)
      for (int s = 0; s < three.count; ++s)
        transpose(f.w3[edge_of(three.target[s], j)] + tap * g.c * g.c, nullptr);
    for (int s = 0; s < one.count; ++s) {
      const int edge = edge_of(one.target[s], j);
      transpose(f.w1[edge], f.scratch.factor + 2 * edge * g.cb * V);
    }
    if (one.count == 0) return;
    for (int64_t out = 0; out < g.c; ++out, to += row_stride)  // Q is symmetric
      for (int64_t lane = 0; lane < g.bs; ++lane)
        to[lane] = input + lane < g.c ? static_cast<float>(-f.scratch.through[j][out * g.c + input + lane]) : 0.0f;
  });
}

// Sums a block's vectors into one double a channel.
void store_channels(const Geometry& g, int64_t block, vec sum, double* channels) {
  if (g.planar) channels[block] = lane_sum(sum);
  else
    for (int64_t lane = 0; lane < V && block * V + lane < g.c; ++lane) channels[block * V + lane] = sum[lane];
}

// Sum of value(q) over a block's vectors, in four independent chains.
template <class Value>
vec sum_over(const Geometry& g, const Value& value) {
  vec sum[4] = {vec{}, vec{}, vec{}, vec{}};
  int64_t q = 0;
  for (; q + 4 * V <= g.stride; q += 4 * V)
#pragma GCC unroll 4
    for (int u = 0; u < 4; ++u) sum[u] += value(q + u * V);
  for (; q < g.stride; q += V) sum[0] += value(q);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

// S1 and S2 of image b for the 3x3 convolutions into node i, and its part of M for the 1x1 ones.
void batch_norm_sums(const Backward& f, const Room& room, int i, int64_t b, int64_t unit, bool first) {
  const Geometry& g = f.g;
  for (int64_t block = 0; block < g.cb; ++block) {
    const float* gradient = f.gradient(i, b) + block * g.stride;
    store_channels(g, block, sum_over(g, [&](int64_t q) { return load(gradient + q); }),
                   f.scratch.node_sum + (b * kNodes + i) * g.c);
    for (int j = 0; j < i; ++j) {
      const int edge = edge_of(i, j);
      if (!g.keep[edge][kConv3]) continue;
      const float* y = conv_output(g, f.saved, j, slot_of(g.fan3[j], i), b) + block * g.stride;
      const vec mean = load(f.scratch.means + ((2 * edge + 1) * g.cb + block) * V);
      store_channels(g, block, sum_over(g, [&](int64_t q) { return load(gradient + q) * (load(y + q) - mean); }),
                     f.scratch.conv_sum + (b * kEdges + edge) * g.c);
    }
  }
  for (int j = 0; j < i; ++j) {
    if (!g.keep[edge_of(i, j)][kConv1]) continue;
    float* relus = room.relus;
    relu_flat(g, f.node(j, b), f.scratch.relu_means + j * g.cb * V, relus);
    const Tap tap{relus, g.stride, g.cb, true};
    weight_gradient(WeightGradient{&tap, 1, f.gradient(i, b), g.stride, g.cb, g.n,
                                   f.scratch.products + (j * g.units + unit) * pair_floats(g),
                                   first, Lines{int64_t(1) << 62, 0}, 0, nullptr},
                    g.planar);
  }
}

// Adds up the images' sums of one 3x3 edge, in their order, into the factors of its batch normalisation gradient.
void combine3(const Backward& f, int edge, const double* s1, double* lanes) {
  const Geometry& g = f.g;
  const double count = static_cast<double>(g.B * g.n);
  double *s2 = lanes, *factor = s2 + g.c, *slope = factor + g.c, *offset = slope + g.c;
  for (int64_t c = 0; c < g.c; ++c) s2[c] = 0;
  for (int64_t b = 0; b < g.B; ++b)
    for (int64_t c = 0; c < g.c; ++c) s2[c] += f.scratch.conv_sum[(b * kEdges + edge) * g.c + c];
  const int row = 2 * edge + 1;
  double total = 0;
  for (int64_t c = 0; c < g.c; ++c) {
    const double inverse = f.saved.inverse[row * g.c + c], mean = f.saved.mean[row * g.c + c];
    const double projected = s2[c] * inverse;  // sum g * yhat
    total += projected;
    factor[c] = f.theta_of(edge, kConv3) * inverse;
    slope[c] = -factor[c] * inverse * projected / count;
    offset[c] = -factor[c] * s1[c] / count - slope[c] * mean;
  }
  if (f.wants_theta()) f.dtheta[edge * kOps + kConv3] = static_cast<float>(total);
  spread(g, factor, f.scratch.factor + row * g.cb * V);
  spread(g, slope, f.scratch.slope + row * g.cb * V);
  spread(g, offset, f.scratch.offset + row * g.cb * V);
}

// The same of one 1x1 edge: S2, its share of Q and of the constant, and the weights' gradient, all from M.
void combine1(const Backward& f, int i, int j, const double* s1, double* lanes) {
  const Geometry& g = f.g;
  const double count = static_cast<double>(g.B * g.n);
  const int edge = edge_of(i, j), row = 2 * edge;
  const float* w = f.w1[edge];
  double *s2 = lanes, *factor = s2 + g.c, *weight = factor + g.c, *constant = weight + g.c;
  double *m = f.scratch.pair[j], *through = f.scratch.through[j];
  for (int64_t a = 0; a < g.c * g.c; ++a) m[a] = 0;
  for (int64_t unit = 0; unit < g.units; ++unit) {
    const float* products = f.scratch.products + (j * g.units + unit) * pair_floats(g);
    for (int64_t a = 0; a < g.c; ++a)
      for (int64_t c = 0; c < g.c; ++c) m[a * g.c + c] += products[a * pair_row(g) + c];
  }
  for (int64_t c = 0; c < g.c; ++c) s2[c] = 0;
  for (int64_t a = 0; a < g.c; ++a)
    for (int64_t c = 0; c < g.c; ++c) s2[c] += w[a * g.c + c] * m[a * g.c + c];
  double total = 0;
  for (int64_t c = 0; c < g.c; ++c) {
    const double inverse = f.saved.inverse[row * g.c + c];
    s2[c] *= inverse;
    total += s2[c];
    factor[c] = f.theta_of(edge, kConv1) * inverse;
    weight[c] = factor[c] * inverse * s2[c] / count;
  }
  if (f.wants_theta()) f.dtheta[edge * kOps + kConv1] = static_cast<float>(total);
  spread(g, factor, f.scratch.factor + row * g.cb * V);
  double* transpose = f.scratch.transpose[j];
  for (int64_t a = 0; a < g.c; ++a)
    for (int64_t c = 0; c < g.c; ++c) transpose[c * g.c + a] = w[a * g.c + c];
  const bool first = slot_of(g.fan1[j], i) == g.fan1[j].count - 1;  // targets come from the last to the first
  for (int64_t a = 0; a < g.c; ++a) {
    double* line = through + a * g.c;
    constant[a] = 0;
    if (first)
      for (int64_t c = 0; c < g.c; ++c) line[c] = 0;
    for (int64_t out = 0; out < g.c; ++out) constant[a] += w[a * g.c + out] * factor[out] * s1[out] / count;
    for (int64_t out = 0; out < g.c; ++out) {
      const double share = weight[out] * w[a * g.c + out];
      const double* from = transpose + out * g.c;
      for (int64_t c = 0; c < g.c; ++c) line[c] += share * from[c];
    }
  }
  float* lane_constant = f.scratch.constant + j * g.cb * V;
  for (int64_t q = 0; q < g.cb * V; ++q) {
    const int64_t channel = g.planar ? q / V : q;
    const float value = channel < g.c ? static_cast<float>(constant[channel]) : 0.0f;
    lane_constant[q] = first ? value : lane_constant[q] + value;
  }
  if (!f.wants_weights()) return;
  const double* projected = f.saved.projected[edge];
  for (int64_t a = 0; a < g.c; ++a)
    for (int64_t c = 0; c < g.c; ++c)
      f.dw1[edge][a * g.c + c] = static_cast<float>(
          factor[c] * (m[a * g.c + c] - projected[a * g.c + c] * f.saved.inverse[row * g.c + c] * s2[c]));
}

// What the gradients through the batch normalisations into node i need of the whole batch.
void combine(const Backward& f, int i) {
  const Geometry& g = f.g;
  parallel_for(2 * i, [&](int64_t task) {
    const int j = static_cast<int>(task / 2), edge = edge_of(i, j);
    if (!g.keep[edge][task % 2 ? kConv3 : kConv1]) return;
    double* s1 = f.scratch.lanes + task * 6 * g.c;
    for (int64_t c = 0; c < g.c; ++c) s1[c] = 0;
    for (int64_t b = 0; b < g.B; ++b)
      for (int64_t c = 0; c < g.c; ++c) s1[c] += f.scratch.node_sum[(b * kNodes + i) * g.c + c];
    if (task % 2) combine3(f, edge, s1, s1 + g.c);
    else combine1(f, i, j, s1, s1 + g.c);
  });
}

// The gradients of the 3x3 outputs of source j, where the transposed convolutions read them.
void output_gradients(const Backward& f, const Room& room, int j, int64_t b) {
  const Geometry& g = f.g;
  const Fan& fan = g.fan3[j];
  const int64_t copy_size = fan.count * g.cb * g.pad_stride;
  for (int s = 0; s < fan.count; ++s) {
    const int64_t row = 2 * edge_of(fan.target[s], j) + 1;
    for (int64_t block = 0; block < g.cb; ++block) {
      const int64_t at = (row * g.cb + block) * V;
      const vec factor = load(f.scratch.factor + at), slope = load(f.scratch.slope + at);
      const vec offset = load(f.scratch.offset + at);
      const float* d = f.gradient(fan.target[s], b) + block * g.stride;
      const float* y = conv_output(g, f.saved, j, s, b) + block * g.stride;
      const auto value = [&](int64_t q) { return load(d + q) * factor + (load(y + q) * slope + offset); };
      float* to = room.dy3 + (s * g.cb + block) * g.pad_stride;
      if (g.lined && f.wants_weights()) {
        float* flat = room.dy3_flat + (s * g.cb + block) * g.stride;
        padded_copies(g, to, copy_size, [&](int64_t q) {
          const vec v = value(q);
          store(flat + q, v);
          return v;
        });
      } else {
        padded_copies(g, to, copy_size, value);
      }
    }
  }
}

// through_conv = the transposed convolutions of all targets of source j, all but the 1x1s' constant.
void transposed_convolutions(const Backward& f, const Room& room, int j, int64_t b) {
  const Geometry& g = f.g;
  const Fan &three = g.fan3[j], &one = g.fan1[j];
  Tap taps[13];
  int count = 0;
  if (three.count) taps_of_copies(g, room.dy3, three.count * g.cb, true, taps), count = 9;
  for (int s = 0; s < one.count; ++s) taps[count++] = Tap{f.gradient(one.target[s], b), g.stride, g.cb, true};
  if (one.count) {
    relu_flat(g, f.node(j, b), f.scratch.relu_means + j * g.cb * V, room.relus);
    taps[count++] = Tap{room.relus, g.stride, g.cb, true};
  }
  const int64_t rows = 9 * three.count + one.count + (one.count > 0);
  convolve(g, Convolution{taps, count, g.cb, g.last_lanes, f.scratch.transposed[j], rows * g.c, g.cb, room.through_conv,
                          g.stride, g.n, nullptr, g.lines()});
}

// dx_j of the active channels: relu's part from the convolutions, and skip and pool from each target.
void collect(const Backward& f, const Room& room, int j, int64_t b, float* out) {
  const Geometry& g = f.g;
  Term skips[3], pools[3];
  int skip_count = 0, pool_count = 0;
  for (int i = j + 1; i < kNodes; ++i) {
    const int edge = edge_of(i, j);
    if (g.keep[edge][kSkip]) skips[skip_count++] = Term{f.gradient(i, b), nullptr, f.theta_of(edge, kSkip)};
    if (g.keep[edge][kPool]) pools[pool_count++] = Term{f.gradient(i, b), nullptr, f.theta_of(edge, kPool)};
  }
  const bool convolved = g.fan3[j].count + g.fan1[j].count > 0;
  const PoolMaps& m = f.scratch.maps;
  for (int64_t block = 0; block < g.cb; ++block) {
    const float* gate = f.node(j, b) + block * g.stride;
    const float* conv = room.through_conv + block * g.stride;
    float* to = out + block * g.stride;
    const vec constant = g.fan1[j].count ? load(f.scratch.constant + (j * g.cb + block) * V) : vec{};
    const auto none = [](int64_t) { return vec{}; };
    const auto sink = [&](int64_t q, vec v) {
      store(to + q, convolved ? v + where_positive(load(gate + q), load(conv + q) - constant) : v);
    };
    if (pool_count == 0) {
      weighted_sum<3>(g, skips, skip_count, block, vec{}, none, sink);
      continue;
    }
    float* padded = room.pool.padded + g.W * g.bs;
    weighted_sum<3>(g, pools, pool_count, block, vec{}, none,
                 [&](int64_t q, vec v) { store(padded + q, v * pixel_factor(m.share, q, g.planar)); });
    pool_vertical(g, room.pool);
    weighted_sum<3>(g, skips, skip_count, block, vec{},
                 [&](int64_t q) { return pool_horizontal(g, room.pool, m.one, m.one_left, m.one_right, q); }, sink);
  }
}

// <g_i, x_j> and <g_i, pool x_j>: the gradients of the mixing weights of skip and pool.
void mixing_dots(const Backward& f, const Room& room, int j, int64_t b) {
  const Geometry& g = f.g;
  const PoolMaps& m = f.scratch.maps;
  double* dots = f.scratch.dots + b * 2 * kEdges;
  const int targets = 3 - j;
  for (int t = 0; t < targets; ++t) dots[2 * edge_of(j + 1 + t, j)] = dots[2 * edge_of(j + 1 + t, j) + 1] = 0;
  for (int64_t block = 0; block < g.cb; ++block) {
    const float* x = f.node(j, b) + block * g.stride;
    copy(room.pool.padded + g.W * g.bs, x, g.stride);
    pool_vertical(g, room.pool);
    vec skip[3] = {vec{}, vec{}, vec{}}, pool[3] = {vec{}, vec{}, vec{}};
    const float* gradients[3];
    for (int t = 0; t < targets; ++t) gradients[t] = f.gradient(j + 1 + t, b) + block * g.stride;
    for (int64_t q = 0; q < g.stride; q += V) {
      const vec value = load(x + q), pooled = pool_horizontal(g, room.pool, m.share, m.left, m.right, q);
      for (int t = 0; t < targets; ++t) {
        const vec d = load(gradients[t] + q);
        skip[t] += d * value;
        pool[t] += d * pooled;
      }
    }
    for (int t = 0; t < targets; ++t) {
      dots[2 * edge_of(j + 1 + t, j)] += lane_sum(skip[t]);
      dots[2 * edge_of(j + 1 + t, j) + 1] += lane_sum(pool[t]);
    }
  }
}

// Adds image b's part of the 3x3 weight gradients of source j to its unit's.
void weight_gradients(const Backward& f, const Room& room, int j, int64_t b, int64_t unit, bool first) {
  const Geometry& g = f.g;
  const Fan& fan = g.fan3[j];
  if (fan.count == 0) return;
  relu_copies(g, f.node(j, b), true, room.copies);
  Tap taps[9];
  taps_of_copies(g, room.copies, g.cb, false, taps);
  const float* dy = g.lined ? room.dy3_flat : room.dy3 + fan.count * g.cb * g.pad_stride + g.origin();
  weight_gradient(WeightGradient{taps, 9, dy, g.lined ? g.stride : g.pad_stride, fan.count * g.cb, g.n,
                                 f.scratch.partial + unit * f.scratch.partial_size, first, g.lines(), 0,
                                 nullptr},
                  g.planar);
}

// Adds the units' 3x3 weight gradients, in their order, and puts them into the weights' own layout.
void reduce_weights(const Backward& f, int j) {
  const Geometry& g = f.g;
  const Fan& fan = g.fan3[j];
  const int64_t inputs = g.cb * g.bs, row = fan.count * pair_row(g);
  parallel_for(9 * inputs, [&](int64_t at) {
    float* total = f.scratch.partial + at * row;
    for (int64_t u = 1; u < g.units; ++u) {
      const float* part = total + u * f.scratch.partial_size;
      for (int64_t i = 0; i < row; ++i) total[i] += part[i];
    }
    const int64_t tap = at / inputs, in = at % inputs;
    if (in < g.c)
      for (int s = 0; s < fan.count; ++s)
        copy(f.dw3[edge_of(fan.target[s], j)] + (tap * g.c + in) * g.c, total + s * pair_row(g), g.c);
  });
}

// The gradient of node i = [active; rest] after its shuffle -> gradients of its targets' sums, and of what passes by.
void finish_node(const Backward& f, const Room& room, int i, int64_t b, int64_t unit, bool first) {
  const Geometry& g = f.g;
  if (g.k > 1) {
    float* rest = f.scratch.rest + b * g.rest();
    unshuffle(g, room.whole, room.unshuffled);
    copy(f.gradient(i, b), room.unshuffled.active, g.image());
    if (i == 3) copy(rest, room.unshuffled.rest, g.rest());
    else add_to(rest, room.unshuffled.rest, g.rest());
  }
  zero_tail(g, f.gradient(i, b), i == 3 && g.same_layout ? 0 : g.cb);
  batch_norm_sums(f, room, i, b, unit, first);
}

void backward_image(const Backward& f, const Room& room, int j, int64_t b, int64_t unit, bool first) {
  const Geometry& g = f.g;
  if (j == 3) {
    if (!g.same_layout) {
      const Halves to = g.k > 1 ? room.whole : Halves{f.gradient(3, b), nullptr};
      read_image(g, f.dy + b * g.n * g.C, to.active, to.rest);
    }
    finish_node(f, room, 3, b, unit, first);
    return;
  }
  const bool wants_input = j > 0 || f.dx;
  if (wants_input || f.wants_weights()) output_gradients(f, room, j, b);
  if (wants_input) {
    if (g.fan3[j].count + g.fan1[j].count > 0) transposed_convolutions(f, room, j, b);
    float* image = f.dx ? f.dx + b * g.n * g.C : nullptr;
    float* active = j > 0 && g.k == 1 ? f.gradient(j, b) : j == 0 && g.same_layout ? image : room.whole.active;
    collect(f, room, j, b, active);
    if (j > 0) {
      if (g.k > 1) copy(room.whole.rest, f.scratch.rest + b * g.rest(), g.rest());
      finish_node(f, room, j, b, unit, first);
    } else if (!g.same_layout) {
      write_image(g, active, f.scratch.rest + b * g.rest(), image);
    }
  }
  if (f.wants_theta()) mixing_dots(f, room, j, b);
  if (f.wants_weights()) weight_gradients(f, room, j, b, unit, first);
}

void run(const Backward& f) {
  const Geometry& g = f.g;
  for (int row = 0; row < 2 * kEdges; ++row)
    spread(g, f.saved.mean + row * g.c, f.scratch.means + row * g.cb * V);
  for (int j = 0; j < 3; ++j) spread(g, f.saved.relu_mean[j], f.scratch.relu_means + j * g.cb * V);
  for (int j = 3; j >= 0; --j) {
    if (j < 3) {
      combine(f, j + 1);
      pack(f, j);
    }
    each_image(g, f.scratch.slots, f.scratch.rooms,
               [&](const Room& room, int64_t b, int64_t unit, bool first) {
                 backward_image(f, room, j, b, unit, first);
               });
    if (j < 3 && f.wants_weights() && g.fan3[j].count) reduce_weights(f, j);
  }
  if (!f.wants_theta()) return;
  for (int edge = 0; edge < kEdges; ++edge) {
    double skip = 0, pool = 0;
    for (int64_t b = 0; b < g.B; ++b) {
      skip += f.scratch.dots[(b * kEdges + edge) * 2];
      pool += f.scratch.dots[(b * kEdges + edge) * 2 + 1];
    }
    if (g.keep[edge][kSkip]) f.dtheta[edge * kOps + kSkip] = static_cast<float>(skip);
    if (g.keep[edge][kPool]) f.dtheta[edge * kOps + kPool] = static_cast<float>(pool);
  }
}

}  // namespace

int64_t backward_scratch_bytes(const Geometry& g, int needs) {
  Arena arena{nullptr, 0};
  take_scratch(g, needs, nullptr, arena);
  return arena.used;
}

}  // namespace nb201
}  // namespace drnas

// args: dy, x, theta, w1[6], w3[6], saved, scratch, dx (0: not wanted), dtheta, dw1[6], dw3[6] (0 where not wanted),
// B, H, W, C, k, needs (0 alpha, 1 weights, 2 all), mask[30].
DRNAS_KERNEL(Nb201CellGrad) {
  using namespace drnas;
  using namespace drnas::nb201;
  Backward f;
  f.g = make_geometry(integer(args[31]), integer(args[32]), integer(args[33]), integer(args[34]), integer(args[35]),
                      args + 37);
  const Geometry& g = f.g;
  f.dy = pointer<const float>(args[0]);
  f.theta = pointer<const float>(args[2]);
  f.dx = pointer<float>(args[17]);
  f.dtheta = pointer<float>(args[18]);
  f.needs = static_cast<int>(args[36]);
  for (int e = 0; e < kEdges; ++e) {
    f.w1[e] = pointer<const float>(args[3 + e]);
    f.w3[e] = pointer<const float>(args[9 + e]);
    f.dw1[e] = pointer<float>(args[19 + e]);
    f.dw3[e] = pointer<float>(args[25 + e]);
    if (f.wants_weights()) {  // pruned operations have gradient 0
      fill(f.dw1[e], 0, g.c * g.c);
      fill(f.dw3[e], 0, 9 * g.c * g.c);
    }
  }
  if (f.wants_theta()) fill(f.dtheta, 0, kEdges * kOps);
  Arena saved{pointer<char>(args[15]), 0}, scratch{pointer<char>(args[16]), 0};
  f.saved = take_saved(g, saved, pointer<float>(args[1]));
  f.scratch = take_scratch(g, f.needs, f.dy, scratch);
  run(f);
}
