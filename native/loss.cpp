// Softmax cross-entropy, the mean over the batch, with its gradient.
#include "kernel.h"
#include "maths.h"

using namespace drnas;

// loss = mean over rows of (log sum exp z - z[label]); dlogits = (softmax(z) - onehot(label)) / rows
// SoftmaxCrossEntropy: logits, labels (int32), loss, dlogits, rows, classes
// On return args[0] is -1, or the row whose label is not a class.
DRNAS_KERNEL(SoftmaxCrossEntropy) {
  const float* const logits = pointer<float>(args[0]);
  const int32_t* const labels = pointer<int32_t>(args[1]);
  float* const dlogits = pointer<float>(args[3]);
  const int64_t rows = integer(args[4]), classes = integer(args[5]);
  double loss = 0;
  args[0] = -1;
  for (int64_t row = 0; row < rows; ++row) {
    const float* const z = logits + row * classes;
    float* const g = dlogits + row * classes;
    if (labels[row] < 0 || labels[row] >= classes) {
      args[0] = static_cast<double>(row);
      return;
    }
    double most = static_cast<double>(z[0]);
    for (int64_t k = 1; k < classes; ++k)
      if (!(static_cast<double>(z[k]) <= most)) most = static_cast<double>(z[k]);  // a NaN stays
    double sum = 0;
    for (int64_t k = 0; k < classes; ++k) sum += exponential(static_cast<double>(z[k]) - most);
    for (int64_t k = 0; k < classes; ++k) {
      const double share = exponential(static_cast<double>(z[k]) - most) / sum;
      g[k] = static_cast<float>((share - (k == labels[row] ? 1 : 0)) / static_cast<double>(rows));
    }
    loss += logarithm(sum) + most - static_cast<double>(z[labels[row]]);
  }
  *pointer<float>(args[2]) = static_cast<float>(loss / static_cast<double>(rows));
}
