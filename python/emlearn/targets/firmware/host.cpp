// Rows from standard input, answers to standard output.
// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "probe.hpp"

bool port_read(void* data, size_t size) { return fread(data, 1, size, stdin) == size; }
/// Flushed at once: after a crash the answers tell which row did it.
void port_write(const void* data, size_t size) {
  fwrite(data, 1, size, stdout);
  fflush(stdout);
}
void port_done() {}
