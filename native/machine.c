// SPDX-License-Identifier: Apache-2.0
/* Facts about this machine, from the kernel. */
#include "niovsock.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* VMware's own stack gets a free family from the kernel, and reports it here; Linux answers ENOTTY. */
#define IOCTL_VMCI_SOCKETS_GET_AF_VALUE 0x7b8

/* The address family that the device reports, or -errno. */
NATIVE(jint, addressFamily)(JNIEnv *env, jclass type_, jstring device) {
    (void) type_;
    const char *path = (*env)->GetStringUTFChars(env, device, NULL);
    if (path == NULL)
        return -ENOMEM;
    int family = -1;
    int fd = (int) RESULT(open(path, O_RDONLY | O_CLOEXEC));
    (*env)->ReleaseStringUTFChars(env, device, path);
    if (fd < 0)
        return fd;
    jint result = RESULT(ioctl(fd, IOCTL_VMCI_SOCKETS_GET_AF_VALUE, &family));
    close(fd);
    return result < 0 ? result : family < 0 ? -ENODEV : family;
}

/* The local CID from /dev/vsock: a number of 32 bits, or -errno. */
NATIVE(jlong, localCid)(JNIEnv *env, jclass type_) {
    (void) env; (void) type_;
    unsigned int cid = 0;
    int fd = open("/dev/vsock", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    jlong result = ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) < 0 ? -errno : (jlong) cid;
    close(fd);
    return result;
}
