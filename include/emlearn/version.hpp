// The version of the library: the only place where it is written.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_VERSION_HPP
#define EMLEARN_VERSION_HPP

#define EMLEARN_VERSION_MAJOR 0
#define EMLEARN_VERSION_MINOR 1
#define EMLEARN_VERSION_PATCH 0

/// One number to compare: major * 10000 + minor * 100 + patch.
#define EMLEARN_VERSION (EMLEARN_VERSION_MAJOR * 10000L + EMLEARN_VERSION_MINOR * 100L + EMLEARN_VERSION_PATCH)

#endif
