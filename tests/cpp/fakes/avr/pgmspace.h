// Stands in for avr-libc's header on the host: the functions below are the only way to a table, see flash.cpp.
// SPDX-License-Identifier: MIT
#ifndef FAKE_AVR_PGMSPACE_H
#define FAKE_AVR_PGMSPACE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// clang puts the table into this section; g++ ignores the attribute for members of class templates, so flash.ld goes by name.
#define PROGMEM __attribute__((section("emlearn_flash")))

/// Where `size` bytes of flash can be read; ends the program where `address` is not in flash.
extern "C" const void* fake_flash(const void* address, size_t size);

namespace fake_avr {
template <class T> T read(const void* address) {
  T value;
  memcpy(&value, fake_flash(address, sizeof value), sizeof value);
  return value;
}
}  // namespace fake_avr

inline uint8_t pgm_read_byte(const void* address) { return fake_avr::read<uint8_t>(address); }
inline uint16_t pgm_read_word(const void* address) { return fake_avr::read<uint16_t>(address); }
inline uint32_t pgm_read_dword(const void* address) { return fake_avr::read<uint32_t>(address); }
inline float pgm_read_float(const void* address) { return fake_avr::read<float>(address); }

#endif
