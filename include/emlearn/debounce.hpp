// Answers over time: a new one is taken up only after it came several times in a row.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DEBOUNCE_HPP
#define EMLEARN_DEBOUNCE_HPP

#include "config.hpp"

namespace emlearn {

/// The state; all zero begins with the answer 0. Copy it, keep it over sleep.
struct debounce {
  int now;
  int next;
  uint8_t count;
};

/// The settled answer after one more: it changes when another came `needed` times in a row.
EMLEARN_CONSTEXPR int settle(debounce& state, int answer, uint8_t needed) {
  if (answer == state.now) {
    state.count = 0;
    return state.now;
  }
  state.count = static_cast<uint8_t>(answer == state.next && state.count ? state.count + 1 : 1);
  state.next = answer;
  if (state.count >= needed) {
    state.now = answer;
    state.count = 0;
  }
  return state.now;
}

}  // namespace emlearn

#endif
