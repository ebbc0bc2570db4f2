// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/**
 * The socket at which one port of the host hears one guest, and its file. A file that is there already is never taken:
 * even if no program listens at it now, another program may have put it there. At the end, the file is removed only if
 * it is still the one that was made.
 */
final class GuestListener {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    static final String PERMISSIONS_PROPERTY = "io.niovsock.hybrid.permissions";

    private final int fd;
    private final Path file;
    private Map<String, Object> identity; // device and inode of the file; null: not bound

    private GuestListener(int fd, Path file) {
        this.fd = fd;
        this.file = file;
    }

    /** @throws IllegalArgumentException if the permissions of the files cannot be read */
    static void checkSettings() {
        String permissions = System.getProperty(PERMISSIONS_PROPERTY);
        try {
            if (permissions != null)
                PosixFilePermissions.fromString(permissions);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("-D" + PERMISSIONS_PROPERTY + "=" + permissions
                + ": expected permissions such as rw-rw----", e);
        }
    }

    static GuestListener open(AttachedGuest guest, long port, int backlog) throws IOException {
        int fd = NATIVES.socket(Constants.AF_UNIX, Constants.SOCK_STREAM | Constants.SOCK_NONBLOCK);
        if (fd < 0)
            throw Errno.failed(-fd, "listen for the guest with " + guest);
        GuestListener listener = new GuestListener(fd, guest.socketOf(port));
        try {
            listener.listen(backlog);
            return listener;
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
    }

    private void listen(int backlog) throws IOException {
        int result = NATIVES.bindToFile(fd, AttachedGuest.bytes(file));
        if (result < 0)
            throw Errno.bindToFileFailed(-result, file.toString());
        identity = identityOf(file);
        permit(); // no process can connect yet
        result = NATIVES.listen(fd, backlog);
        if (result < 0)
            throw Errno.failed(-result, "listen at " + file);
    }

    /** Not by the path alone, as the JDK does it: a link there would lead to a file of another program. */
    private void permit() throws IOException {
        String permissions = System.getProperty(PERMISSIONS_PROPERTY);
        if (permissions == null)
            return;
        int result = NATIVES.permitSocketFile(AttachedGuest.bytes(file), modeOf(permissions));
        if (result < 0)
            throw Errno.permitFileFailed(-result, file.toString());
    }

    /** The bits of chmod(2): the constants are in the order of the bits, from the owner's to the others'. */
    private static int modeOf(String permissions) {
        int mode = 0;
        for (PosixFilePermission permission : PosixFilePermissions.fromString(permissions))
            mode |= 1 << PosixFilePermission.values().length - 1 - permission.ordinal();
        return mode;
    }

    private static Map<String, Object> identityOf(Path file) throws IOException {
        return Files.readAttributes(file, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
    }

    int fd() {
        return fd;
    }

    /** Ends the connections that wait, too. */
    void close() {
        removeFile();
        NATIVES.endEmulated(fd, false);
        NATIVES.close(fd);
    }

    private void removeFile() {
        try {
            if (identity != null && identity.equals(identityOf(file)))
                Files.delete(file);
        } catch (IOException gone) {
            // by another program, or with its folder
        }
    }
}
