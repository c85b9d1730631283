// Flash that cannot be read as memory: the tables' pages lose their read permission before main, and fake_flash() reads a copy.
// So a read that forgot the flash functions ends in SIGSEGV, and a flash read of RAM ends in abort().
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "avr/pgmspace.h"

extern "C" {
extern const unsigned char fake_flash_start[];  // flash.ld
extern const unsigned char fake_flash_end[];
}

namespace {

unsigned char* copy;

[[noreturn]] void fail(const char* what) {
  fprintf(stderr, "fake flash: %s\n", what);
  abort();
}

__attribute__((constructor(101))) void hide() {
  const size_t size = static_cast<size_t>(fake_flash_end - fake_flash_start);
  if (size == 0) fail("no table was found: flash.ld goes by the names of the structs that hold tables");
  copy = static_cast<unsigned char*>(malloc(size));
  if (!copy) fail("out of memory");
  memcpy(copy, fake_flash_start, size);
  if (mprotect(const_cast<unsigned char*>(fake_flash_start), size, PROT_NONE)) fail("mprotect failed");
}

}  // namespace

extern "C" const void* fake_flash(const void* address, size_t size) {
  const unsigned char* p = static_cast<const unsigned char*>(address);
  if (p < fake_flash_start || p + size > fake_flash_end) fail("a flash read of an address that is not in flash");
  return copy + (p - fake_flash_start);
}
