// Gaussian predictions in constant expressions, from C++14 on, and what valid() refuses.
// SPDX-License-Identifier: MIT
#include <emlearn/gaussian.hpp>
#include <emlearn/gaussian/distance.hpp>

namespace {

namespace g = emlearn::gaussian;
using emlearn::direct;
using emlearn::plain_float;
using emlearn::two_float;

// Two components in two dimensions: around (0, 0) and (10, 10), which is minus the shift.
constexpr float shift[] = {0, 0, -10, -10};
constexpr float scale[] = {1, 1, 1, 1};
constexpr float triangles[] = {1, 0.5f, 2, 1, -0.5f, 2};
constexpr float cost[] = {1, 1};
constexpr g::view diagonal = {2, 2, shift, scale, cost};
constexpr g::view triangular = {2, 2, shift, triangles, cost};

constexpr float shift2[] = {0, 0, 0, 0, -10, 0, -10, 0};
constexpr float scale2[] = {1, 0, 1, 0, 1, 0, 1, 0};
constexpr float cost2[] = {1, 0, 1, 0};
constexpr g::view pairs = {2, 2, shift2, scale2, cost2};

template <class C, class P, class X> constexpr int ask(const g::view& v, X a, X b) {
  const X row[] = {a, b};
  typename P::number scratch[2] = {};
  return g::predict<C, P, direct>(v, row, scratch);
}

static_assert(ask<g::diag, plain_float>(diagonal, 1.0f, 2.0f) == 0, "near the first mean");
static_assert(ask<g::diag, plain_float, int8_t>(diagonal, 9, 8) == 1, "near the second mean");
static_assert(ask<g::diag, plain_float>(diagonal, 5.0f, 5.0f) == 0, "a tie goes to the lowest index");
static_assert(ask<g::spherical, plain_float, uint16_t>(diagonal, 9, 8) == 1, "one scale per component");
static_assert(ask<g::full, plain_float, int32_t>(triangular, 1, 1) == 0, "a triangle per component");
static_assert(ask<g::tied, plain_float>(triangular, 9.0, 9.0) == 1, "one triangle for all");
static_assert(ask<g::diag, two_float>(pairs, 4.9999995f, 5.0f) == 0, "two words, nearly a tie");
static_assert(ask<g::diag, two_float>(pairs, 5.0000005f, 5.0f) == 1, "two words, nearly a tie");
static_assert(ask<g::diag, two_float, int32_t>(pairs, 2000000, 3000000) == 1, "far away");

static_assert(g::valid<g::diag, plain_float>(diagonal, 4, 4, 2), "sound");
static_assert(g::valid<g::full, plain_float>(triangular, 4, 6, 2), "sound");
static_assert(g::valid<g::tied, plain_float>(triangular, 4, 3, 2), "sound");
static_assert(g::valid<g::diag, two_float>(pairs, 8, 8, 4), "sound");
static_assert(!g::valid<g::diag, plain_float>(diagonal, 4, 3, 2), "a scale is missing");
static_assert(!g::valid<g::diag, plain_float>(diagonal, 5, 4, 2), "a shift too many");
static_assert(!g::valid<g::full, plain_float>(triangular, 4, 6, 3), "a cost too many");
constexpr g::view featureless = {0, 2, shift, scale, cost};
static_assert(!g::valid<g::diag, plain_float>(featureless, 0, 0, 2), "no features");

constexpr float negative[] = {1, 1, -1, 1};
constexpr g::view negative_scale = {2, 2, shift, negative, cost};
static_assert(!g::valid<g::diag, plain_float>(negative_scale, 4, 4, 2), "a scale is negative");
constexpr float singular[] = {1, 5, 0};
constexpr g::view singular_triangle = {2, 2, shift, singular, cost};
static_assert(!g::valid<g::tied, plain_float>(singular_triangle, 4, 3, 2), "a diagonal entry is zero");
constexpr float infinite[] = {0, 0, 10, __builtin_huge_valf()};
constexpr g::view infinite_shift = {2, 2, infinite, scale, cost};
static_assert(!g::valid<g::diag, plain_float>(infinite_shift, 4, 4, 2), "a shift is infinite");
// A distance of |(1, 2)|^2 = 5 and of |(1, 0.5 + 2 * 2)|^2 = 21.25; the limit is 6.
constexpr float limit[] = {-6};
constexpr g::view round_limit = {2, 1, shift, scale, limit};
constexpr g::view skewed_limit = {2, 1, shift, triangles, limit};
template <class C> constexpr float far_from(const g::view& v, float a, float b) {
  const float row[] = {a, b};
  float scratch[2] = {}, out[1] = {};
  g::mahalanobis<C, plain_float, direct>(v, row, out, scratch);
  return out[0];
}
template <class C> constexpr int within(const g::view& v, float a, float b) {
  const float row[] = {a, b};
  float scratch[2] = {};
  return g::detect<C, plain_float, direct>(v, row, scratch);
}
static_assert(far_from<g::diag>(round_limit, 1, 2) == 5.0f && far_from<g::full>(skewed_limit, 1, 2) == 21.25f, "squared distances");
static_assert(within<g::diag>(round_limit, 1, 2) == 1 && within<g::full>(skewed_limit, 1, 2) == -1, "the limit");

constexpr float lost[] = {0, 0, 0, 0, 10, 1, 10, 0};
constexpr g::view lost_word = {2, 2, lost, scale2, cost2};
static_assert(!g::valid<g::diag, two_float>(lost_word, 8, 8, 4), "a low word is too large");

}  // namespace
