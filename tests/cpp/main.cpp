// The main of the test program; Catch2 3 brings its own.
// SPDX-License-Identifier: MIT
#if !EMLEARN_CATCH2_V3
#define CATCH_CONFIG_MAIN
#endif
#include "catch.hpp"
