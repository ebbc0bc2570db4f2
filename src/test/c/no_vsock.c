// SPDX-License-Identifier: Apache-2.0
/*
 * no_vsock - runs a command on a kernel that has no AF_VSOCK, as far as the command can see.
 *
 * Usage: no_vsock [--denied] COMMAND [ARGUMENT]...
 *
 * A filter of system calls refuses such sockets as a kernel without vsock does, or as the filter of a container does
 * (--denied). If there can be no filter, the command is not run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "another architecture"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS(value, skipped) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

int main(int argc, char **argv) {
    int denied = argc > 1 && strcmp(argv[1], "--denied") == 0;
    int refusal = denied ? EPERM : EAFNOSUPPORT;
    struct sock_filter instructions[] = {
        LOAD(arch),
        UNLESS(ARCHITECTURE, 4),
        LOAD(nr),
        UNLESS(SYS_socket, 3),
        LOAD(args[0]), /* its low half: both architectures are little-endian */
        UNLESS(AF_VSOCK, 1),
        RETURN(SECCOMP_RET_ERRNO | refusal),
        RETURN(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = { sizeof instructions / sizeof *instructions, instructions };
    argv += 1 + denied;
    if (*argv == NULL || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
        || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) {
        perror("no_vsock");
        return 125;
    }
    if (socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 || errno != refusal) {
        fprintf(stderr, "no_vsock: the filter has no effect\n");
        return 125;
    }
    execvp(*argv, argv);
    perror(*argv);
    return 127;
}
