/* A plugin for QEMU that counts the instructions and the stack of each call of the functions under test.
 *
 * Arguments: main, main_end, stack_floor, stack_top, limit (instructions per call), out (a file), and function=ADDRESS for each
 * function. A call runs from its first instruction until the next one of main. To `out` goes, for each call, (u64 instructions,
 * u64 0, u32 bytes of stack).
 */
/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From QEMU's qemu-plugin.h, which distributions do not ship; see "QEMU TCG Plugins" in QEMU's manual. */
typedef uint64_t plugin_id;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*on_translation)(plugin_id, struct qemu_plugin_tb*);
typedef void (*on_exec)(unsigned cpu, void* data);
typedef void (*on_access)(unsigned cpu, uint32_t info, uint64_t address, void* data);
typedef void (*on_end)(plugin_id, void* data);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, on_translation);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn*, on_exec, int flags, void* data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn*, on_access, int flags, int accesses, void* data);
void qemu_plugin_register_atexit_cb(plugin_id, on_end, void* data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb*);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb*, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn*);
enum { NO_REGISTERS = 0, WRITES = 2 };

__attribute__((visibility("default"))) int qemu_plugin_version = PLUGIN_VERSION;

static uint64_t main_start, main_end, stack_floor, stack_top, limit;
static uint64_t functions[16];
static int n_functions;
static FILE* out;

static int counting;
static uint64_t instructions;
static uint64_t home = UINT64_MAX; /* the lowest address written on the way to main's calls: its stack pointer */
static uint64_t lowest;
static long calls;

static void fail(const char* what) {
  fclose(out);
  fprintf(stderr, "%ld: %s\n", calls / n_functions, what);
  _Exit(3);
}

static void in_main(unsigned cpu, void* data) {
  (void)cpu, (void)data;
  if (!counting) return;
  const uint64_t none = 0;
  const uint32_t stack = lowest < home ? (uint32_t)(home - lowest) : 0;
  fwrite(&instructions, sizeof instructions, 1, out);
  fwrite(&none, sizeof none, 1, out);
  fwrite(&stack, sizeof stack, 1, out);
  counting = 0;
  ++calls;
}

static void at_entry(unsigned cpu, void* data) {
  (void)cpu, (void)data;
  counting = 1;
  instructions = 0;
  lowest = home;
}

static void at_instruction(unsigned cpu, void* data) {
  (void)cpu, (void)data;
  if (counting && ++instructions > limit) fail("no end within the limit of instructions");
}

static void at_write(unsigned cpu, uint32_t info, uint64_t address, void* data) {
  (void)cpu, (void)info;
  const int of_main = data != NULL;
  if (address >= stack_top || address < stack_floor) return;
  if (counting && address < lowest) lowest = address;
  if (of_main && !counting && address < home) home = address;
}

static void translate(plugin_id id, struct qemu_plugin_tb* block) {
  (void)id;
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
    struct qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, i);
    const uint64_t address = qemu_plugin_insn_vaddr(instruction);
    const int of_main = address >= main_start && address < main_end;
    if (of_main) qemu_plugin_register_vcpu_insn_exec_cb(instruction, in_main, NO_REGISTERS, NULL);
    for (int f = 0; f < n_functions; ++f) {
      if (address == functions[f]) qemu_plugin_register_vcpu_insn_exec_cb(instruction, at_entry, NO_REGISTERS, NULL);
    }
    qemu_plugin_register_vcpu_insn_exec_cb(instruction, at_instruction, NO_REGISTERS, NULL);
    qemu_plugin_register_vcpu_mem_cb(instruction, at_write, NO_REGISTERS, WRITES, of_main ? &home : NULL);
  }
}

static void at_exit(plugin_id id, void* data) {
  (void)id, (void)data;
  fclose(out);
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const struct qemu_info* info, int argc, char** argv) {
  (void)info;
  for (int i = 0; i < argc; ++i) {
    char* value = strchr(argv[i], '=');
    if (!value) return 1;
    *value++ = 0;
    const uint64_t number = strtoull(value, NULL, 0);
    if (!strcmp(argv[i], "main")) main_start = number;
    if (!strcmp(argv[i], "main_end")) main_end = number;
    if (!strcmp(argv[i], "stack_floor")) stack_floor = number;
    if (!strcmp(argv[i], "stack_top")) stack_top = number;
    if (!strcmp(argv[i], "limit")) limit = number;
    if (!strcmp(argv[i], "out") && !(out = fopen(value, "wb"))) return 1;
    if (!strncmp(argv[i], "function", 8)) {
      if (n_functions == sizeof functions / sizeof *functions) return 1;
      functions[n_functions++] = number;
    }
  }
  if (!out || !n_functions) return 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
  qemu_plugin_register_atexit_cb(id, at_exit, NULL);
  return 0;
}
