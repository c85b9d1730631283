// Where samples come from and labels go: the serial port of an ATmega328P, or a pipe on a computer.
// SPDX-License-Identifier: MIT
#ifndef WATCH_PORT_HPP
#define WATCH_PORT_HPP

#include <stdint.h>

#if defined(__AVR__)
#include <avr/io.h>
#include <avr/pgmspace.h>

namespace port {

/// 8 data bits at 38,400 baud from a 16 MHz clock: 300 bytes of samples a second need no more.
inline void begin() {
  UBRR0 = 25;
  UCSR0B = static_cast<uint8_t>(_BV(RXEN0) | _BV(TXEN0));
}
inline bool read(uint8_t* byte) {
  while (!(UCSR0A & _BV(RXC0))) {
  }
  *byte = UDR0;
  return true;
}
inline void write(char c) {
  while (!(UCSR0A & _BV(UDRE0))) {
  }
  UDR0 = static_cast<uint8_t>(c);
}
/// A label lies in flash.
inline void write_label(const char* text) {
  for (char c = 0; (c = static_cast<char>(pgm_read_byte(text))) != 0; ++text) write(c);
}

}  // namespace port

#else
#include <stdio.h>

namespace port {

inline void begin() {}
inline bool read(uint8_t* byte) {
  const int c = getchar();
  *byte = static_cast<uint8_t>(c);
  return c != EOF;
}
inline void write(char c) { putchar(c); }
inline void write_label(const char* text) { fputs(text, stdout); }

}  // namespace port

#endif
#endif
