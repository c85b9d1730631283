// Damages the tables of a forest at random and runs the kernels on whatever valid() accepts; sanitizers watch the bounds.
// SPDX-License-Identifier: MIT
#include <emlearn/trees.hpp>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <vector>

namespace trees = emlearn::trees;

namespace {

struct random {
  uint64_t state = 88172645463325252u;
  uint32_t operator()() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<uint32_t>(state >> 16);
  }
};

struct model {
  unsigned wide_feature, wide_link, n_trees, n_features, n_leaf_ids, depth, n_pure, n_shares, rounds;
  std::vector<uint8_t> nodes, entries;
  std::vector<uint32_t> shares;
};

template <class T> std::vector<T> table() {
  size_t size = 0;
  std::cin >> size;
  std::vector<T> values(size);
  for (T& value : values) {
    unsigned long number = 0;
    std::cin >> number;
    value = static_cast<T>(number);
  }
  return values;
}

/// A copy on the heap, of the exact size: one byte beyond it is an error that the sanitizer sees.
template <class T> std::unique_ptr<T[]> copy(const std::vector<T>& values) {
  std::unique_ptr<T[]> exact(new T[values.size()]);
  for (size_t i = 0; i != values.size(); ++i) exact[i] = values[i];
  return exact;
}

void damage(std::vector<uint8_t>& bytes, random& any) {
  if (any() % 8 == 0) bytes.resize(any() % (bytes.size() + 1));
  for (unsigned n = any() % 4; n != 0 && !bytes.empty(); --n) {
    uint8_t& byte = bytes[any() % bytes.size()];
    byte = static_cast<uint8_t>(any() % 2 ? any() : byte ^ (1u << any() % 8));
  }
}

template <class Format, class Sum> int fuzz(const model& m) {
  constexpr unsigned n_classes = 4;
  random any;
  unsigned valid = 0, refused = 0;
  for (unsigned round = 0; round != m.rounds; ++round) {
    std::vector<uint8_t> nodes = m.nodes, entries = m.entries;
    if (any() % 4)
      damage(nodes, any);
    else
      damage(entries, any);
    const auto exact_nodes = copy(nodes), exact_entries = copy(entries);
    const auto shares = copy(m.shares);
    const trees::forest forest{exact_nodes.get(), static_cast<uint16_t>(m.n_trees), 0};
    const trees::distributions<uint8_t, uint8_t, Sum> leaves{exact_entries.get(), shares.get(), static_cast<uint16_t>(m.n_pure),
                                                             Sum{1} << 20};
    const unsigned depth = m.depth - any() % 2;  // one level less than there are: refused, not walked
    std::unique_ptr<size_t[]> right_of(new size_t[depth]);
    const size_t n_entries = entries.size() / 2;
    if (!trees::valid_nodes<Format, emlearn::direct>(forest, nodes.size(), m.n_features,
                                                     trees::payloads_below{static_cast<uint32_t>(m.n_pure + n_entries)}, right_of.get(),
                                                     static_cast<uint16_t>(depth)) ||
        !trees::valid_entries<emlearn::direct>(leaves, n_entries, n_classes, m.n_shares)) {
      ++refused;
      continue;
    }
    ++valid;
    std::unique_ptr<float[]> x(new float[m.n_features]);
    for (int row = 0; row != 4; ++row) {
      for (unsigned i = 0; i != m.n_features; ++i) x[i] = static_cast<float>(static_cast<int32_t>(any())) * 1e-30f;
      if (row == 3) x[any() % m.n_features] = __builtin_nanf("");
      std::unique_ptr<Sum[]> votes(new Sum[n_classes]);
      std::unique_ptr<float[]> out(new float[n_classes]);
      const trees::walk<Format, emlearn::direct, trees::forest, float> walk(forest, x.get());
      const int best = trees::classify<emlearn::direct>(walk, leaves, votes.get(), n_classes);
      const int one = trees::classify_one<emlearn::direct>(walk, leaves);
      trees::probabilities<emlearn::direct>(walk, leaves, votes.get(), n_classes, out.get());
      if (best < 0 || best >= int{n_classes} || one < 0 || one >= int{n_classes}) return 1;
    }
  }
  std::printf("{\"valid\": %u, \"refused\": %u}\n", valid, refused);
  return 0;
}

template <bool WideFeature, bool WideLink> int with(const model& m) {
  return fuzz<trees::format<int32_t, WideFeature, WideLink, trees::nan_missing>, uint64_t>(m);
}

}  // namespace

int main() {
  model m;
  std::cin >> m.wide_feature >> m.wide_link >> m.n_trees >> m.n_features >> m.n_leaf_ids >> m.depth >> m.n_pure >> m.n_shares >> m.rounds;
  m.nodes = table<uint8_t>();
  m.entries = table<uint8_t>();
  m.shares = table<uint32_t>();
  if (m.wide_feature) return m.wide_link ? with<true, true>(m) : with<true, false>(m);
  return m.wide_link ? with<false, true>(m) : with<false, false>(m);
}
