// Catch2's header and, once per program, its main: version 2 (Debian's) or 3.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_TESTS_CPP_CATCH_HPP
#define EMLEARN_TESTS_CPP_CATCH_HPP

#if EMLEARN_CATCH2_V3
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#endif
