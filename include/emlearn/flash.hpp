// Where a model's tables lie, and the only functions that read them.
// SPDX-License-Identifier: MIT
#ifndef EMLEARN_FLASH_HPP
#define EMLEARN_FLASH_HPP

#include "config.hpp"

#if EMLEARN_SEPARATE_FLASH
#include <avr/pgmspace.h>
/// Stands behind the name of a table: keeps it in flash on chips that would copy it to RAM.
#define EMLEARN_FLASH PROGMEM
#else
#define EMLEARN_FLASH
#endif

namespace emlearn {

/// Reads tables in RAM, in memory-mapped flash, or in a constant expression.
struct direct {
  template <class T> static constexpr T read(const T* p) { return *p; }
};

#if EMLEARN_SEPARATE_FLASH
/// Reads tables in program memory: never a constant expression.
struct flash {
  static uint8_t read(const uint8_t* p) { return pgm_read_byte(p); }
  static int8_t read(const int8_t* p) { return static_cast<int8_t>(pgm_read_byte(p)); }
  static uint16_t read(const uint16_t* p) { return pgm_read_word(p); }
  static int16_t read(const int16_t* p) { return static_cast<int16_t>(pgm_read_word(p)); }
  static uint32_t read(const uint32_t* p) { return pgm_read_dword(p); }
  static int32_t read(const int32_t* p) { return static_cast<int32_t>(pgm_read_dword(p)); }
  static int64_t read(const int64_t* p) {
    const uint8_t* bytes = reinterpret_cast<const uint8_t*>(p);
    const uint64_t low = pgm_read_dword(bytes), high = pgm_read_dword(bytes + 4);
    return static_cast<int64_t>(high << 32 | low);
  }
  static float read(const float* p) { return pgm_read_float(p); }
};
#else
/// Flash is ordinary memory on this chip.
using flash = direct;
#endif

}  // namespace emlearn

#endif
