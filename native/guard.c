// SPDX-License-Identifier: Apache-2.0
/*
 * The value that -fstack-protector lays beside return addresses, for aarch64. Compilers take it from a variable there,
 * which glibc has in ld-linux-aarch64.so.1. musl does not load a library that needs that file. So this library has a
 * variable of its own. On x86-64 the value is in the thread's own block, where both C libraries put it.
 */
#ifdef __aarch64__

#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

/* The bytes that the kernel gives each program; glibc uses the first eight of them, for its own guard. */
enum { RANDOM_OFFSET = 8 };

uintptr_t __stack_chk_guard;

/* Runs before any other function of the library. Has no array, so it does not check the value that it changes. */
__attribute__((constructor)) static void choose_guard(void) {
    const char *random = (const char *) getauxval(AT_RANDOM);
    if (random == NULL)
        return;
    memcpy(&__stack_chk_guard, random + RANDOM_OFFSET, sizeof __stack_chk_guard);
    __stack_chk_guard &= ~(uintptr_t) 0xff; /* a NUL byte, at which functions for strings stop */
}

#endif
