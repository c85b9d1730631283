/* Calls functions of a firmware on an emulated chip, row after row, and counts what they cost.
 *
 * runner CORE FLASH_START FLASH_SIZE RAM_START RAM_SIZE IMAGE MAIN STACK_FLOOR LIMIT
 *        ROWS ROW_ADDRESS ROW_BYTES RESULTS [FUNCTION ANSWER_ADDRESS RETURNS BYTES]...
 *
 * IMAGE is a sequence of (u32 address, u32 size, bytes); ROWS holds the rows; to RESULTS goes, for each row and function,
 * (u64 instructions, u64 cycles, u32 stack, BYTES of the answer). A failure is told on standard error as "row: what".
 */
/* SPDX-License-Identifier: MIT */
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>

static void fail(long row, const char* what) {
  fprintf(stderr, "%ld: %s\n", row, what);
  exit(3);
}

static void* space(size_t size) {
  void* p = malloc(size ? size : 1);
  if (!p) fail(-1, "out of memory");
  return p;
}

static FILE* opened(const char* path, const char* mode) {
  FILE* file = fopen(path, mode);
  if (!file) fail(-1, path);
  return file;
}

static uint32_t number(const char* text) { return (uint32_t)strtoul(text, NULL, 0); }

static void must(const char* failure) {
  if (failure) fail(-1, failure);
}

static void load(const char* path) {
  FILE* file = opened(path, "rb");
  uint32_t head[2];
  while (fread(head, sizeof head, 1, file) == 1) {
    uint8_t* bytes = space(head[1]);
    if (fread(bytes, 1, head[1], file) != head[1]) fail(-1, "the image is cut off");
    must(core_load(head[0], bytes, head[1]));
    free(bytes);
  }
  fclose(file);
}

int main(int argc, char** argv) {
  if (argc < 14) fail(-1, "too few arguments");
  uint32_t memory[4];
  for (int i = 0; i < 4; ++i) memory[i] = number(argv[2 + i]);
  must(core_open(argv[1], memory));
  load(argv[6]);
  must(core_boot(number(argv[7])));
  struct call call = {0};
  call.stack_floor = number(argv[8]);
  call.limit = strtoull(argv[9], NULL, 0);
  call.x = number(argv[11]);
  const uint32_t row_bytes = number(argv[12]);
  FILE *rows = opened(argv[10], "rb"), *results = opened(argv[13], "wb");
  uint8_t *row = space(row_bytes), *answer = NULL;
  for (long n = 0; fread(row, 1, row_bytes, rows) == row_bytes; ++n) {
    for (int a = 14; a + 3 < argc; a += 4) {
      const uint32_t bytes = number(argv[a + 3]);
      call.function = number(argv[a]);
      call.out = number(argv[a + 1]);
      call.returns = (enum returns)number(argv[a + 2]);
      core_write(call.x, row, row_bytes);
      struct outcome got = core_call(&call);
      if (got.failure) fail(n, got.failure);
      fwrite(&got.instructions, sizeof got.instructions, 1, results);
      fwrite(&got.cycles, sizeof got.cycles, 1, results);
      fwrite(&got.stack, sizeof got.stack, 1, results);
      if (call.returns == RETURNS_NOTHING) {
        answer = realloc(answer, bytes);
        if (!answer) fail(n, "out of memory");
        core_read(call.out, answer, bytes);
        fwrite(answer, 1, bytes, results);
      } else {
        fwrite(got.value, 1, bytes, results);
      }
    }
  }
  if (fclose(results)) fail(-1, "the results cannot be written");
  return 0;
}
