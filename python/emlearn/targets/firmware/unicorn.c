/* The emulated Cortex-M or RISC-V: unicorn, with a hook on every instruction. */
/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unicorn/unicorn.h>

#include "runner.h"

static uc_engine* uc;
static uint32_t home;
static uint32_t stack_top;
static uint32_t flash_start, flash_size;
static uint8_t* flash; /* a copy, to decode from */
static int counts_cycles, hard_float;

/* The call under way. */
static struct outcome now;
static uint32_t lowest, stack_floor;
static uint64_t limit;
static uint32_t branch_end; /* the address after a conditional branch that may be taken, or 0 */

/* Registers of a family: the stack pointer, the return address, the first two arguments (the first also returns integers). */
struct family {
  uc_arch arch;
  uc_mode mode;
  int sp, link, first, second;
  uint32_t thumb; /* the lowest bit of addresses of code */
};

static const struct family arm = {
    UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_R0, UC_ARM_REG_R1, 1};
static const struct family riscv = {UC_ARCH_RISCV, UC_MODE_RISCV32, UC_RISCV_REG_SP, UC_RISCV_REG_RA, UC_RISCV_REG_A0, UC_RISCV_REG_A1, 0};
static const struct family* family;

static const struct {
  const char* name;
  const struct family* family;
  int model, cycles, fpu;
} cores[] = {
    {"cortex-m0plus", &arm, UC_CPU_ARM_CORTEX_M0, 1, 0}, {"cortex-m3", &arm, UC_CPU_ARM_CORTEX_M3, 0, 0},
    {"cortex-m4f", &arm, UC_CPU_ARM_CORTEX_M4, 0, 1},    {"cortex-m7", &arm, UC_CPU_ARM_CORTEX_M7, 0, 1},
    {"cortex-m33", &arm, UC_CPU_ARM_CORTEX_M33, 0, 1},   {"rv32imc", &riscv, UC_CPU_RISCV32_SIFIVE_E31, 0, 0},
};

static unsigned ones(unsigned bits) { return (unsigned)__builtin_popcount(bits); }

/* Cycles of a Cortex-M0+ instruction with zero wait states and the fast multiplier (ARM DDI 0484C, table 3-1); a conditional
 * branch counts as not taken here. */
static unsigned cycles_m0plus(unsigned op, unsigned size) {
  const unsigned top = op >> 12;
  if (size == 4) return 3;                                                     /* BL, MSR, MRS, DMB, DSB, ISB */
  if (op >> 11 == 0x1c) return 2;                                              /* B */
  if ((op & 0xff00) == 0x4700) return 2;                                       /* BX, BLX */
  if ((op & 0xff87) == 0x4687 || (op & 0xff87) == 0x4487) return 2;            /* MOV, ADD to PC */
  if (op >> 11 == 0x09 || (top >= 5 && top <= 9)) return 2;                    /* loads and stores */
  if (top == 0xc) return 1 + ones(op & 0xff);                                  /* LDM, STM */
  if ((op & 0xfe00) == 0xb400) return 1 + ones(op & 0x1ff);                    /* PUSH */
  if ((op & 0xfe00) == 0xbc00) return (op & 0x100 ? 3 : 1) + ones(op & 0x1ff); /* POP */
  return 1;
}

static void stop(const char* failure) {
  now.failure = failure;
  uc_emu_stop(uc);
}

static void on_instruction(uc_engine* engine, uint64_t address, uint32_t size, void* data) {
  (void)data;
  uint32_t sp = 0;
  uc_reg_read(engine, family->sp, &sp);
  if (sp < lowest) lowest = sp;
  if (lowest < stack_floor) stop("the stack ran into the static data");
  if (++now.instructions > limit) stop("no end within the limit of instructions");
  if (!counts_cycles) return;
  if (branch_end && branch_end != address) ++now.cycles;
  branch_end = 0;
  const uint32_t at = (uint32_t)address - flash_start;
  if (at + 1 >= flash_size) return;
  const unsigned op = flash[at] | (unsigned)flash[at + 1] << 8;
  now.cycles += cycles_m0plus(op, size);
  if (op >> 12 == 0xd) branch_end = (uint32_t)address + 2;
}

const char* core_open(const char* core, const uint32_t memory[4]) {
  uc_hook hook;
  uc_err error;
  size_t i = 0;
  while (i < sizeof cores / sizeof *cores && strcmp(cores[i].name, core)) ++i;
  if (i == sizeof cores / sizeof *cores) return "unicorn does not know this core";
  family = cores[i].family;
  counts_cycles = cores[i].cycles;
  hard_float = cores[i].fpu;
  flash_start = memory[0];
  flash_size = memory[1];
  stack_top = memory[2] + memory[3];
  flash = calloc(flash_size, 1);
  if (!flash) return "out of memory";
  if ((error = uc_open(family->arch, family->mode, &uc))) return uc_strerror(error);
  if ((error = uc_ctl_set_cpu_model(uc, cores[i].model))) return uc_strerror(error);
  if ((error = uc_mem_map(uc, memory[0], memory[1], UC_PROT_READ | UC_PROT_EXEC))) return uc_strerror(error);
  if ((error = uc_mem_map(uc, memory[2], memory[3], UC_PROT_READ | UC_PROT_WRITE))) return uc_strerror(error);
  /* Before anything runs: a hook misses code that is translated already. */
  error = uc_hook_add(uc, &hook, UC_HOOK_CODE, (void*)on_instruction, NULL, 1, 0);
  return error ? uc_strerror(error) : NULL;
}

const char* core_load(uint32_t address, const uint8_t* bytes, uint32_t size) {
  const uc_err error = uc_mem_write(uc, address, bytes, size);
  if (error) return uc_strerror(error);
  if (address >= flash_start && address - flash_start + size <= flash_size) memcpy(flash + (address - flash_start), bytes, size);
  return NULL;
}

/* The image is loaded where it runs, so a Cortex-M has no start-up code to run; RISC-V sets pointers, from the flash's beginning. */
const char* core_boot(uint32_t main_address) {
  home = main_address & ~family->thumb;
  if (family != &riscv) return NULL;
  limit = 1000;
  const uc_err error = uc_emu_start(uc, flash_start, home, 0, 0);
  return now.failure ? now.failure : error ? uc_strerror(error) : NULL;
}

void core_write(uint32_t address, const uint8_t* bytes, uint32_t size) { uc_mem_write(uc, address, bytes, size); }
void core_read(uint32_t address, uint8_t* bytes, uint32_t size) { uc_mem_read(uc, address, bytes, size); }

struct outcome core_call(const struct call* call) {
  const uint32_t link = home | family->thumb;
  memset(&now, 0, sizeof now);
  lowest = stack_top;
  stack_floor = call->stack_floor;
  limit = call->limit;
  branch_end = 0;
  uc_reg_write(uc, family->sp, &stack_top);
  uc_reg_write(uc, family->link, &link);
  uc_reg_write(uc, family->first, &call->x);
  uc_reg_write(uc, family->second, &call->out);
  const uc_err error = uc_emu_start(uc, call->function | family->thumb, home, 0, 0);
  if (error && !now.failure) now.failure = uc_strerror(error);
  now.stack = stack_top - lowest;
  uc_reg_read(uc, call->returns == RETURNS_FLOAT && hard_float ? UC_ARM_REG_S0 : family->first, now.value);
  return now;
}
