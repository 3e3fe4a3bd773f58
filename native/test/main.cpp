// Runs all checks of the native kernels; built by scripts/build-native.mjs --sanitize.
int nb201_cell_test();
int darts_cell_test();
int kernels_test();
int separable_test();

int main() { return (nb201_cell_test() + darts_cell_test() + kernels_test() + separable_test()) != 0; }
