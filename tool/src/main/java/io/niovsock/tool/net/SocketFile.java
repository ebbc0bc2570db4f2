// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.net;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * The file of a Unix socket that this process listens at. A socket that another process listens at is never taken from
 * it: only a file that refuses connections, left by a process that has ended, is replaced. At the end the file is
 * deleted if it is still the one that this process made.
 */
final class SocketFile {
    private static final int TYPE_MASK = 0170000;
    private static final int SOCKET = 0140000;

    private final Path path;
    private final Object key;

    private SocketFile(Path path, Object key) {
        this.path = path;
        this.key = key;
    }

    /** Binds a listener to a path, with a mode for the file, or null for that of the umask. */
    static SocketFile bind(ServerSocketChannel server, Path path, int backlog, Set<PosixFilePermission> mode)
            throws IOException {
        try {
            server.bind(UnixDomainSocketAddress.of(path), backlog);
        } catch (BindException e) {
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS))
                throw named(path, e);
            removeIfLeftBehind(path);
            server.bind(UnixDomainSocketAddress.of(path), backlog);
        } catch (IOException e) {
            throw named(path, e);
        }
        SocketFile file = new SocketFile(path, keyOf(path));
        if (mode != null)
            Files.setPosixFilePermissions(path, mode);
        return file;
    }

    private static IOException named(Path path, IOException e) {
        return new IOException("cannot listen at unix:" + path + ": " + e.getMessage(), e);
    }

    private static Object keyOf(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
    }

    private static void removeIfLeftBehind(Path path) throws IOException {
        if (((int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & TYPE_MASK) != SOCKET)
            throw new IOException("cannot listen at unix:" + path + ": the file exists, and is no socket");
        Object probed = keyOf(path);
        requireNoListener(path);
        // Another process may have replaced the file since. So it is moved aside, and put back if it is not the same.
        Path aside = path.resolveSibling("." + path.getFileName() + "." + ProcessHandle.current().pid());
        Files.move(path, aside);
        if (!probed.equals(keyOf(aside)))
            putBack(aside, path);
        Files.delete(aside);
    }

    private static void putBack(Path aside, Path path) throws IOException {
        try {
            Files.createLink(path, aside);
        } catch (FileAlreadyExistsException e) {
            // A third process listens at the path now; the second one's file stays beside it.
            throw new IOException("cannot listen at unix:" + path + ": other processes compete for it (see " + aside
                + ')', e);
        }
        Files.delete(aside);
        throw inUse(path, null);
    }

    /** A connect is refused exactly if no process has the socket of the file. */
    private static void requireNoListener(Path path) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path)); // pending: the backlog is full
        } catch (ConnectException refused) {
            return;
        } catch (IOException e) {
            throw inUse(path, e);
        }
        throw inUse(path, null);
    }

    private static IOException inUse(Path path, IOException cause) {
        String why = cause == null ? "another process listens there" : "it may be another process's ("
            + cause.getMessage() + ')';
        return new IOException("cannot listen at unix:" + path + ": " + why, cause);
    }

    /** Deletes the file, unless another process has replaced it. */
    void delete() throws IOException {
        try {
            if (key.equals(keyOf(path)))
                Files.delete(path);
        } catch (NoSuchFileException gone) {
            // it was deleted before
        }
    }
}
