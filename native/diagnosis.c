// SPDX-License-Identifier: Apache-2.0
/* Asks the kernel for the vsock sockets of this machine, sock_diag(7). Java reads the answer. */
#include "niovsock.h"
#include <stddef.h>
#include <unistd.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/vm_sockets_diag.h>

_Static_assert(sizeof(struct nlmsghdr) == 16 && offsetof(struct nlmsghdr, nlmsg_type) == 4
               && sizeof(struct vsock_diag_msg) == 32 && offsetof(struct vsock_diag_msg, vdiag_type) == 1
               && offsetof(struct vsock_diag_msg, vdiag_state) == 2 && offsetof(struct vsock_diag_msg, vdiag_src_cid) == 4
               && offsetof(struct vsock_diag_msg, vdiag_dst_cid) == 12 && offsetof(struct vsock_diag_msg, vdiag_ino) == 20,
               "Java reads messages of this layout");
_Static_assert(NLMSG_ERROR == 2 && NLMSG_DONE == 3 && SOCK_DIAG_BY_FAMILY == 20, "Java knows the types of messages");

NATIVE(jint, askForSockets)(JNIEnv *env, jclass type_) {
    (void) env; (void) type_;
    const struct {
        struct nlmsghdr header;
        struct vsock_diag_req query;
    } request = {
        .header = {
            .nlmsg_len = sizeof request,
            .nlmsg_type = SOCK_DIAG_BY_FAMILY,
            .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
        },
        .query = { .sdiag_family = AF_VSOCK, .vdiag_states = ~0U },
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return -errno;
    if (send(fd, &request, sizeof request, 0) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}
