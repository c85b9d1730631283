// Nothing travels: the emulator writes rows into the chip's memory, calls the operations and reads the answers.
// SPDX-License-Identifier: MIT
#include "probe.hpp"

bool port_read(void*, size_t) { return true; }
void port_write(const void*, size_t) {}
void port_done() {}
