// A window of networks with run-time numbers, for the bindings of networks in float and in integers.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_BINDINGS_WINDOWS_HPP
#define EMLEARN_BINDINGS_WINDOWS_HPP

#include <array>
#include <stdexcept>
#include <vector>

namespace emlearn_bindings {

/// plane (height, width, channels), size, places, stride, dilation, padding before; rows then columns each.
struct window {
  std::array<int, 13> n;
  bool placed;

  window(const std::vector<int>& numbers, bool in_place) : n(), placed(in_place) {
    if (numbers.size() != n.size()) throw std::invalid_argument("a window has 13 numbers");
    for (size_t k = 0; k < n.size(); ++k) n[k] = numbers[k];
    for (size_t k = 0; k < 11; ++k)
      if (n[k] < 1) throw std::invalid_argument("a window's numbers are positive");
  }

  int height() const { return n[0]; }
  int width() const { return n[1]; }
  int channels() const { return n[2]; }
  int rows() const { return n[3]; }
  int columns() const { return n[4]; }
  int places_y() const { return n[5]; }
  int places_x() const { return n[6]; }
  int stride_y() const { return n[7]; }
  int stride_x() const { return n[8]; }
  int dilation_y() const { return n[9]; }
  int dilation_x() const { return n[10]; }
  int above() const { return n[11]; }
  int left() const { return n[12]; }
  bool in_place() const { return placed; }
  bool backward() const { return false; }

  int taps() const { return rows() * columns(); }
  size_t inputs() const { return static_cast<size_t>(height()) * static_cast<size_t>(width()) * static_cast<size_t>(channels()); }
  size_t places() const { return static_cast<size_t>(places_y()) * static_cast<size_t>(places_x()); }
};

}  // namespace emlearn_bindings

#endif
