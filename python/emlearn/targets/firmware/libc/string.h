// Stands in where the compiler comes without a C library: what the library's headers call.
// SPDX-License-Identifier: MIT
#ifndef LIBC_STRING_H
#define LIBC_STRING_H

#include <stddef.h>

extern "C" {
void* memcpy(void*, const void*, size_t);
void* memmove(void*, const void*, size_t);
void* memset(void*, int, size_t);
int memcmp(const void*, const void*, size_t);
size_t strlen(const char*);
}

#endif
