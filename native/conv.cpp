// Convolution over NHWC images, and its gradient for the input. Any size, stride and dilation.
#include "conv.h"

using namespace drnas;
using namespace drnas::convolution;

namespace {

// ---- dx. A pixel of x that is `phase` modulo the stride was read by every stride-th tap only; pixels of one phase
// form a smaller image, and its gradient is a plain correlation of dy with those taps, transposed.

void gradient_of_phase(const Geometry& g, int64_t phase_y, int64_t phase_x, const float* dy, const float* w, float* dx,
                       Correlation& c) {
  c.source = dy;
  c.batch = g.batch, c.source_height = g.out_height, c.source_width = g.out_width, c.depth = g.outputs;
  c.step_y = c.step_x = 1;
  c.tap_count = 0;
  // Backwards, so that the places read in dy ascend.
  for (int64_t ky = g.filter_height - 1; ky >= 0; --ky)
    for (int64_t kx = g.filter_width - 1; kx >= 0; --kx) {
      const int64_t y = phase_y + g.top - ky * g.dilation_y, x = phase_x + g.left - kx * g.dilation_x;
      if (y % g.stride_y != 0 || x % g.stride_x != 0) continue;
      c.taps[c.tap_count++] = {y / g.stride_y, x / g.stride_x, (ky * g.filter_width + kx) * g.inputs * g.outputs};
    }
  c.filter = w;
  c.k_step = 1, c.channel_step = g.outputs;
  const int64_t row = g.width * g.inputs;
  c.out = dx + phase_y * row + phase_x * g.inputs;
  c.out_step = g.stride_x * g.inputs, c.out_row = g.stride_y * row, c.out_image = g.height * row;
  c.rows = (g.height - phase_y + g.stride_y - 1) / g.stride_y;
  c.columns = (g.width - phase_x + g.stride_x - 1) / g.stride_x;
  c.channels = g.inputs;
}

}  // namespace

// The geometry of all three: batch, height, width, inputs, outputs, filter height and width, stride y and x,
// dilation y and x, padding top and left, output height and width. With scratch = 0 they only say, in args[0], how
// many bytes of scratch they need.

// ConvForward: scratch, x, w, y, geometry
DRNAS_KERNEL(ConvForward) {
  const Geometry g = geometry(args + 4);
  Correlation c;
  forward(g, pointer<float>(args[1]), pointer<float>(args[2]), pointer<float>(args[3]), c);
  if (args[0] == 0) {
    args[0] = static_cast<double>(correlation_bytes(c));
    return;
  }
  run(c, pointer<char>(args[0]));
}

// ConvGradInput: scratch, dy, w, dx, geometry
DRNAS_KERNEL(ConvGradInput) {
  const Geometry g = geometry(args + 4);
  Correlation c;
  int64_t most = 0;
  for (int64_t y = 0; y < g.stride_y && y < g.height; ++y)
    for (int64_t x = 0; x < g.stride_x && x < g.width; ++x) {
      gradient_of_phase(g, y, x, pointer<float>(args[1]), pointer<float>(args[2]), pointer<float>(args[3]), c);
      if (args[0] == 0) {
        const int64_t bytes = correlation_bytes(c);
        most = bytes > most ? bytes : most;
      } else {
        run(c, pointer<char>(args[0]));
      }
    }
  if (args[0] == 0) args[0] = static_cast<double>(most);
}
