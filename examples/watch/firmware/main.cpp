// The whole program of a watch: samples in (six int16, little end first), after each window its features and its exercise out.
// SPDX-License-Identifier: MIT
#include "features.hpp"
#include "forest16.hpp"
#include "port.hpp"

static_assert(forest16::n_features == watch::n_channels * watch::n_statistics, "the model was trained on other features");

static void write_number(int32_t value) {
  char digits[11];
  uint8_t n = 0;
  if (value < 0) port::write('-');
  uint32_t rest = value < 0 ? 0u - static_cast<uint32_t>(value) : static_cast<uint32_t>(value);
  do {
    digits[n++] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  while (n != 0) port::write(digits[--n]);
}

static watch::extractor extract;
static int16_t features[forest16::n_features];

int main() {
  port::begin();
  for (;;) {
    int16_t sample[watch::n_channels];
    for (uint8_t c = 0; c != watch::n_channels; ++c) {
      uint8_t low, high;
      if (!port::read(&low) || !port::read(&high)) return 0;
      sample[c] = static_cast<int16_t>(static_cast<uint16_t>(low | static_cast<uint16_t>(high) << 8));
    }
    if (!extract.push(sample, features)) continue;
    for (int k = 0; k != forest16::n_features; ++k) {
      write_number(features[k]);
      port::write(' ');
    }
    port::write_label(forest16::label_of(forest16::predict(features)));
    port::write('\n');
  }
}
