// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A {@link Socket}: one of java.net, or the adaptor of a channel. */
record SocketEnd(Socket socket, Class<? extends IOException> endedByClose) implements End {
    SocketEnd(Socket socket) {
        this(socket, SocketException.class);
    }

    @Override
    public int read(byte[] dst) throws IOException {
        return socket.getInputStream().read(dst);
    }

    @Override
    public void write(byte[] src) throws IOException {
        socket.getOutputStream().write(src);
    }

    @Override
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void limitReads(long nanos) throws IOException {
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
        socket.setSoTimeout((int) (nanos > 0 ? Math.max(1, millis) : 0));
    }

    @Override
    public void ask() throws IOException {
        assertNotNull(socket.getRemoteSocketAddress());
        assertNotNull(socket.getLocalSocketAddress());
        assertTrue(socket.isConnected());
        assertTrue(socket.getInputStream().available() >= 0);
        socket.setKeepAlive(socket.getKeepAlive());
        socket.setSoTimeout(socket.getSoTimeout());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
