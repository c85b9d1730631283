// How values are copied and filled in on this core.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_DETAIL_CORES_COPIES_HPP
#define EMLEARN_DETAIL_CORES_COPIES_HPP

#include "../../networks/copies.hpp"
#include "vectors.hpp"

#if EMLEARN_MLP_MVE
#include "../../networks/mve_copies.hpp"
#endif

#endif
