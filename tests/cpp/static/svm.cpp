// The winner of votes among three classes is the one that counting finds, whatever the signs of the decisions.
// SPDX-License-Identifier: MIT
#include <emlearn/svm/fixed.hpp>

namespace {

constexpr bool agrees(int first, int second, int third) {
  const int decisions[] = {first, second, third};
  uint8_t votes[3] = {};
  return emlearn::svm::winner_of_three(decisions) == emlearn::svm::winner(decisions, 3, votes);
}

constexpr bool agrees_everywhere() {
  for (int i = 0; i < 27; ++i)
    if (!agrees(i % 3 - 1, i / 3 % 3 - 1, i / 9 - 1)) return false;
  return true;
}

static_assert(agrees_everywhere(), "27 combinations of signs");

}  // namespace
