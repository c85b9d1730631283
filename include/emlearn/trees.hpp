// Trees and forests: walks a byte stream of nodes to one leaf per tree, then votes or averages.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TREES_HPP
#define EMLEARN_TREES_HPP

#include "detail/cores/trees.hpp"
#include "trees/binary.hpp"
#include "trees/bit_counts.hpp"
#include "trees/bits.hpp"
#include "trees/code.hpp"
#include "trees/counts.hpp"
#include "trees/dense.hpp"
#include "trees/entries.hpp"
#include "trees/fixed.hpp"
#include "trees/format.hpp"
#include "trees/levels.hpp"
#include "trees/mean.hpp"
#include "trees/passes.hpp"
#include "trees/valid.hpp"
#include "trees/valid_bits.hpp"
#include "trees/valid_counts.hpp"
#include "trees/vote.hpp"
#include "trees/walk.hpp"
#include "trees/words.hpp"

#endif
