// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.adaptor;

import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;

/**
 * Translates a channel's exceptions into the exceptions of {@code java.net}'s sockets. As with the platform's adaptors,
 * a {@code ClosedChannelException} passes through if the method may throw one: its class distinguishes an interrupt
 * from a close.
 */
public final class SocketExceptions {
    /** A call of a channel. */
    public interface Operation<T> {
        T run() throws IOException;
    }

    interface Action {
        void run() throws IOException;
    }

    private SocketExceptions() { }

    public static void translating(Action action) throws IOException {
        translating(() -> {
            action.run();
            return null;
        });
    }

    public static <T> T translating(Operation<T> operation) throws IOException {
        try {
            return operation.run();
        } catch (NotYetConnectedException e) {
            throw translated("Socket is not connected", e);
        } catch (AlreadyConnectedException e) {
            throw translated("Already connected", e);
        } catch (AlreadyBoundException e) {
            throw translated("Already bound", e);
        } catch (NotYetBoundException e) {
            throw translated("Socket is not bound yet", e);
        } catch (UnresolvedAddressException e) {
            throw translated("Unresolved address", e);
        } catch (UnsupportedAddressTypeException e) {
            throw translated(e.getCause() == null ? "Unsupported address type" : e.getCause().getMessage(), e);
        }
    }

    public static void narrowing(Action action) throws SocketException {
        narrowing(() -> {
            action.run();
            return null;
        });
    }

    /** Runs an operation for methods that may throw only a {@code SocketException}. */
    public static <T> T narrowing(Operation<T> operation) throws SocketException {
        try {
            return translating(operation);
        } catch (SocketException e) {
            throw e;
        } catch (ClosedChannelException e) {
            throw translated("Socket is closed", e);
        } catch (IOException e) {
            throw translated(e.getMessage(), e);
        }
    }

    private static SocketException translated(String message, Exception cause) {
        SocketException translated = new SocketException(message);
        translated.initCause(cause);
        return translated;
    }
}
