// What each consumer project compiles: prints the library's version, read through the library's own table reader.
// SPDX-License-Identifier: MIT
#include <emlearn/flash.hpp>
#include <emlearn/version.hpp>

#include <stdio.h>

namespace {
const uint8_t table[] EMLEARN_FLASH = {EMLEARN_VERSION_MAJOR, EMLEARN_VERSION_MINOR, EMLEARN_VERSION_PATCH};
}

int main() {
  printf("%d.%d.%d\n", emlearn::flash::read(table), emlearn::flash::read(table + 1), emlearn::flash::read(table + 2));
  return 0;
}
