// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.adaptor;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.security.AccessController;
import java.security.PrivilegedAction;

/** The implementation for the superclass of an adaptor, which overrides every method that would use it. */
final class UnusedSocketImpl extends SocketImpl {
    /**
     * Makes an adaptor with such an implementation. A security manager, before JDK 24, asks for a permission to do so,
     * which a caller of {@code socket()} does not need.
     */
    @SuppressWarnings("removal") // where security managers are removed, this has no effect
    static <T> T adaptor(PrivilegedAction<T> maker) {
        return System.getSecurityManager() == null ? maker.run() : AccessController.doPrivileged(maker);
    }

    private static AssertionError unused() {
        return new AssertionError("an adaptor works on its channel");
    }

    @Override
    protected void create(boolean stream) {
        throw unused();
    }

    @Override
    protected void connect(String host, int port) {
        throw unused();
    }

    @Override
    protected void connect(InetAddress address, int port) {
        throw unused();
    }

    @Override
    protected void connect(SocketAddress address, int timeout) {
        throw unused();
    }

    @Override
    protected void bind(InetAddress host, int port) {
        throw unused();
    }

    @Override
    protected void listen(int backlog) {
        throw unused();
    }

    @Override
    protected void accept(SocketImpl socket) {
        throw unused();
    }

    @Override
    protected InputStream getInputStream() {
        throw unused();
    }

    @Override
    protected OutputStream getOutputStream() {
        throw unused();
    }

    @Override
    protected int available() {
        throw unused();
    }

    @Override
    protected void close() {
        throw unused();
    }

    @Override
    protected void sendUrgentData(int data) {
        throw unused();
    }

    @Override
    public void setOption(int option, Object value) {
        throw unused();
    }

    @Override
    public Object getOption(int option) {
        throw unused();
    }
}
