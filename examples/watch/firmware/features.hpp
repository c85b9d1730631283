// Window features in whole numbers, sample by sample: no buffer of samples, so that a window fits a chip with 2 kB of RAM.
// SPDX-License-Identifier: MIT
#ifndef WATCH_FEATURES_HPP
#define WATCH_FEATURES_HPP

#include <stdint.h>

namespace watch {

constexpr int n_channels = 6;     // ax ay az wx wy wz
constexpr int n_statistics = 6;   // mean std min max rms crossings
constexpr uint16_t window = 256;  // samples

/// The whole part of the square root.
inline uint32_t root(uint64_t value) {
  uint64_t result = 0;
  for (uint64_t place = uint64_t(1) << 46; place != 0; place >>= 2) {  // sums of squares stay below 2^48
    const uint64_t trial = result + place;
    result >>= 1;
    if (value >= trial) {
      value -= trial;
      result += place;
    }
  }
  return static_cast<uint32_t>(result);
}

/// What one channel has shown since the window began.
struct channel {
  int32_t total;
  uint64_t squares;
  int16_t lowest, highest, crossings;
  bool negative;

  void start(int16_t x) {
    total = 0;
    squares = 0;
    lowest = highest = x;
    crossings = 0;
    negative = x < 0;
  }
  void push(int16_t x) {
    total += x;
    squares += static_cast<uint32_t>(static_cast<int32_t>(x) * x);
    if (x < lowest) lowest = x;
    if (x > highest) highest = x;
    if ((x < 0) != negative) {
      negative = !negative;
      ++crossings;
    }
  }
  void finish(int16_t* out) const {
    const int64_t sum = total;
    out[0] = static_cast<int16_t>(total >= 0 ? total / window : -((window - 1 - total) / window));
    out[1] = static_cast<int16_t>(root(window * squares - static_cast<uint64_t>(sum * sum)) / window);
    out[2] = lowest;
    out[3] = highest;
    const uint32_t rms = root(squares / window);
    out[4] = static_cast<int16_t>(rms < 32768 ? rms : 32767);
    out[5] = crossings;
  }
};

/// Fills a row of features from `window` samples, then starts again. Zeros are its first state.
struct extractor {
  channel channels[n_channels];
  uint16_t count;

  /// Takes one sample of all channels; true where `out` (n_channels * n_statistics) was filled.
  bool push(const int16_t* sample, int16_t* out) {
    for (uint8_t c = 0; c != n_channels; ++c) {
      if (count == 0) channels[c].start(sample[c]);
      channels[c].push(sample[c]);
    }
    if (++count != window) return false;
    count = 0;
    for (uint8_t c = 0; c != n_channels; ++c) channels[c].finish(out + c * n_statistics);
    return true;
  }
};

}  // namespace watch

#endif
