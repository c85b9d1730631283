/* What an emulator's file offers to runner.c. */
/* SPDX-License-Identifier: MIT */
#ifndef RUNNER_H
#define RUNNER_H

#include <stddef.h>
#include <stdint.h>

/* How a function hands its answer back. */
enum returns { RETURNS_NOTHING, RETURNS_INTEGER, RETURNS_FLOAT };

struct call {
  uint32_t function, x, out; /* addresses */
  enum returns returns;
  uint32_t stack_floor; /* a stack pointer below it has run into the static data */
  uint64_t limit;       /* instructions */
};

/* All counts run from the function's first instruction to its return, both included. */
struct outcome {
  const char* failure; /* NULL, or what went wrong */
  uint64_t instructions;
  uint64_t cycles;  /* 0 where they are not known */
  uint32_t stack;   /* bytes below the caller's stack pointer */
  uint8_t value[8]; /* what was returned, little end first */
};

/* Each returns NULL, or what went wrong. */
const char* core_open(const char* core, const uint32_t memory[4]);
const char* core_load(uint32_t address, const uint8_t* bytes, uint32_t size);
/* Runs the start-up code; functions return to `main`. */
const char* core_boot(uint32_t main_address);

void core_write(uint32_t address, const uint8_t* bytes, uint32_t size);
void core_read(uint32_t address, uint8_t* bytes, uint32_t size);
struct outcome core_call(const struct call* call);

#endif
