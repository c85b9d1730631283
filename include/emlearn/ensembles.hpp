// Ensembles of trees whose leaves are added up, vote or are columns: boosting, isolation forests, AdaBoost, embeddings.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_ENSEMBLES_HPP
#define EMLEARN_ENSEMBLES_HPP

#include "ensembles/columns.hpp"
#include "ensembles/links.hpp"
#include "ensembles/recode.hpp"
#include "ensembles/sum.hpp"
#include "ensembles/vectors.hpp"
#include "ensembles/weighted.hpp"
#include "trees.hpp"

#endif
