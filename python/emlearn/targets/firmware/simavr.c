/* The emulated AVR: simavr, one instruction at a time. */
/* SPDX-License-Identifier: MIT */
#include <simavr/sim_avr.h>
#include <simavr/sim_core.h>
#include <string.h>

#include "runner.h"

static avr_t* avr;
static uint32_t home;      /* where functions return to */
static uint16_t stack_top; /* the stack pointer in main */

static uint16_t stack_pointer(void) { return (uint16_t)(avr->data[R_SPL] | avr->data[R_SPH] << 8); }

static void set_stack_pointer(uint16_t value) {
  avr->data[R_SPL] = (uint8_t)value;
  avr->data[R_SPH] = (uint8_t)(value >> 8);
}

const char* core_open(const char* core, const uint32_t memory[4]) {
  (void)memory;
  avr = avr_make_mcu_by_name(core);
  if (!avr) return "simavr does not know this chip";
  avr_init(avr);
  avr->log = 0;
  avr->frequency = 16000000;
  return NULL;
}

const char* core_load(uint32_t address, const uint8_t* bytes, uint32_t size) {
  if (address + size > avr->flashend + 1) return "the firmware is larger than the chip's flash";
  memcpy(avr->flash + address, bytes, size);
  if (address + size > avr->codeend) avr->codeend = address + size;
  return NULL;
}

static int step(void) {
  avr->run_cycle_count = 0; /* otherwise avr_run_one runs on */
  avr->pc = avr_run_one(avr);
  return avr->state == cpu_Running;
}

const char* core_boot(uint32_t main_address) {
  home = main_address;
  avr->pc = 0;
  avr->state = cpu_Running;
  for (long i = 0; i < 10000000; ++i) {
    if (avr->pc == home) {
      stack_top = stack_pointer();
      return NULL;
    }
    if (!step()) return "the start-up code crashed";
  }
  return "the start-up code does not reach main";
}

void core_write(uint32_t address, const uint8_t* bytes, uint32_t size) { memcpy(avr->data + address, bytes, size); }
void core_read(uint32_t address, uint8_t* bytes, uint32_t size) { memcpy(bytes, avr->data + address, size); }

static void push_return_address(void) {
  uint16_t sp = stack_top;
  uint32_t words = home >> 1;
  for (int i = 0; i < avr->address_size; ++i, words >>= 8) avr->data[sp--] = (uint8_t)words;
  set_stack_pointer(sp);
}

static void set_pair(int low, uint32_t value) {
  avr->data[low] = (uint8_t)value;
  avr->data[low + 1] = (uint8_t)(value >> 8);
}

/* Whether the stack pointer has left the stack; a frame larger than what memory there is moves it to the memory's far end. */
static int stack_left(uint32_t floor) { return stack_pointer() < floor || stack_pointer() > stack_top; }

struct outcome core_call(const struct call* call) {
  struct outcome got = {0};
  push_return_address();
  set_pair(24, call->x);
  set_pair(22, call->out);
  avr->pc = call->function;
  avr->state = cpu_Running;
  const avr_cycle_count_t start = avr->cycle;
  uint16_t lowest = stack_pointer();
  int half_set = 0; /* the stack pointer's upper byte is new, its lower byte still old */
  while (avr->pc != home) {
    const uint16_t opcode = (uint16_t)(avr->flash[avr->pc] | avr->flash[avr->pc + 1] << 8);
    if ((opcode & 0xfe0f) == 0xbe0e) half_set = 1; /* out SPH, r */
    if ((opcode & 0xfe0f) == 0xbe0d) half_set = 0; /* out SPL, r */
    if (!step()) {
      got.failure = avr->state == cpu_Sleeping ? "the chip went to sleep" : "the chip crashed (a wild jump or access)";
      return got;
    }
    if (!half_set && stack_pointer() < lowest) lowest = stack_pointer();
    if (!half_set && stack_left(call->stack_floor)) {
      got.failure = "the stack ran into the static data";
      return got;
    }
    if (++got.instructions > call->limit) {
      got.failure = "no end within the limit of instructions";
      return got;
    }
  }
  got.cycles = avr->cycle - start;
  got.stack = (uint32_t)(stack_top - lowest);
  memcpy(got.value, avr->data + (call->returns == RETURNS_FLOAT ? 22 : 24), call->returns == RETURNS_FLOAT ? 4 : 2);
  return got;
}
