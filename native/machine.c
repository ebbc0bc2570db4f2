/* What the kernel says of this machine. */
#include "niovsock.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

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
