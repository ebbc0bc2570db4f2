// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.net;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.address.Use;
import io.niovsock.internal.jdk.SocketImpls;
import io.niovsock.internal.options.RecordedOptions;
import io.niovsock.internal.trace.Trace;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The implementation of a {@code Socket} or {@code ServerSocket} that is TCP or vsock by its first address. Until then,
 * all calls go to the platform's own implementation. That one stays for a TCP address. For a vsock address, an
 * implementation over a vsock channel replaces it and gets the options that were set.
 */
public final class DeferredSocketImpl extends SocketImpl {
    private static final SocketImpls PLATFORM = SocketImpls.of(MethodHandles.lookup());

    /** The platform's implementation of an undecided socket: {@code java.net} has three. */
    public enum Kind {
        /** Connects, through a SOCKS proxy if one is set. */
        CLIENT(PLATFORM::newClientImpl),

        /** Connects, through no proxy. */
        DIRECT_CLIENT(PLATFORM::newDirectImpl),

        /** Listens. */
        SERVER(PLATFORM::newServerImpl);

        private final Supplier<SocketImpl> platform;

        Kind(Supplier<SocketImpl> platform) {
            this.platform = platform;
        }
    }

    private final Kind kind;
    private final SelectorProvider provider;

    // -- guarded by this; no operation that blocks runs under it

    private volatile SocketImpl target; // null: not needed yet
    private volatile boolean decided;
    private boolean created;
    private boolean ofDatagrams; // by a constructor of Socket that is deprecated
    private boolean closed;
    private RecordedOptions options; // by number or by SocketOption; null once decided

    // -- end of what is guarded by this

    /** @param provider opens the vsock channel, if the address is vsock */
    public DeferredSocketImpl(Kind kind, SelectorProvider provider) {
        this.kind = kind;
        this.provider = provider;
        this.options = new RecordedOptions(kind == Kind.SERVER ? RecordedOptions.Kind.LISTENER
            : RecordedOptions.Kind.CONNECTION);
    }

    private SocketImpl target() {
        SocketImpl present = target;
        if (present != null)
            return present;
        synchronized (this) {
            if (target == null)
                target = kind.platform.get();
            return target;
        }
    }

    /** The address that the socket is bound to, if it is vsock, else null. */
    InetSocketAddress localVsockOrNull() {
        return target instanceof VsockSocketImplBase vsock ? vsock.localAddress() : null;
    }

    /** The address that the socket is connected to, if it is vsock, else null. */
    InetSocketAddress remoteVsockOrNull() {
        return target instanceof VsockSocketImpl vsock ? vsock.remoteAddress() : null;
    }

    // -- deciding

    private void becomeVsock(InetSocketAddress address) throws IOException {
        SocketImpl platform;
        synchronized (this) {
            if (closed)
                throw new SocketException("Socket closed");
            if (target instanceof VsockSocketImplBase)
                return;
            if (decided)
                throw new SocketException(address + ": this socket is already TCP");
            if (ofDatagrams)
                throw new SocketException(address + ": a Socket of datagrams is never vsock; use DatagramSocket, or a"
                    + " DatagramChannel");
            platform = target;
            target = newVsockImpl();
            settle();
        }
        if (platform != null)
            PLATFORM.close(platform);
    }

    private VsockSocketImplBase newVsockImpl() throws IOException {
        VsockSocketImplBase vsock = kind == Kind.SERVER ? new VsockServerSocketImpl(provider)
            : new VsockSocketImpl(provider);
        try {
            options.replayOn((option, value) -> carryOver(vsock, option, value));
        } catch (IOException | RuntimeException e) {
            vsock.close();
            throw e;
        }
        return vsock;
    }

    /** Drops options that vsock does not support (TCP's timers, say): much code sets them by habit. */
    @SuppressWarnings("unchecked")
    private static <T> void carryOver(VsockSocketImplBase vsock, Object option, Object value) throws IOException {
        if (option instanceof Integer number)
            vsock.setOption(number, value);
        else if (vsock.supportedOptions().contains(option))
            vsock.setOption((SocketOption<T>) option, (T) value);
    }

    private synchronized void settle() {
        decided = true;
        options = null;
    }

    // -- methods that decide

    @Override
    protected void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        try {
            if (!decided)
                Trace.deciding("Socket", Use.CONNECT, remote);
            VsockSocketAddress vsock = AddressResolver.vsockOrNull(remote, Use.CONNECT);
            if (vsock != null)
                becomeVsock(vsock);
        } catch (IOException e) {
            close(); // as if the connect itself had failed
            throw e;
        }
        PLATFORM.connect(target(), remote, timeoutMillis);
        settle();
    }

    @Override
    protected void connect(String host, int port) throws IOException {
        throw new SocketException("only connect(SocketAddress, int) is used"); // java.net.Socket resolves names itself
    }

    @Override
    protected void connect(InetAddress address, int port) throws IOException {
        connect(new InetSocketAddress(address, port), 0);
    }

    @Override
    protected void bind(InetAddress host, int port) throws IOException {
        if (kind != Kind.SERVER && host.isAnyLocalAddress() && port == 0) {
            if (target() instanceof VsockSocketImpl vsock)
                vsock.bind(null); // an earlier bind or connect has decided, and failed
            else
                PLATFORM.bind(target(), host, port); // decides nothing yet
            return;
        }
        if (!decided && Trace.isOn())
            Trace.deciding(kind == Kind.SERVER ? "ServerSocket" : "Socket", Use.BIND,
                AddressResolver.bindOfJavaNet(host, port));
        InetSocketAddress vsock = AddressResolver.vsockBindOrNull(host, port);
        if (vsock != null)
            becomeVsock(vsock);
        requireNoFilter();
        PLATFORM.bind(target(), host, port);
        synchronized (this) {
            requireNoFilter(); // set meanwhile
            settle();
        }
    }

    /** A listener that becomes TCP would ignore the filter. */
    private synchronized void requireNoFilter() throws SocketException {
        if (!decided)
            options.requireNoFilter();
    }

    @Override
    protected void accept(SocketImpl socket) throws IOException {
        if (!(socket instanceof DeferredSocketImpl accepting))
            throw new SocketException("Socket and ServerSocket have different factories: "
                + getClass().getName() + " cannot accept with a " + socket.getClass().getName());
        if (target() instanceof VsockServerSocketImpl vsock) {
            accepting.becomeConnected(vsock.accept());
        } else {
            SocketImpl accepted = PLATFORM.newDirectImpl();
            PLATFORM.accept(target(), accepted);
            accepting.becomeConnected(accepted);
        }
    }

    /** Makes this the accepted connection. Of its own options, it keeps only the timeout. */
    private void becomeConnected(SocketImpl accepted) throws IOException {
        SocketImpl superseded;
        synchronized (this) {
            superseded = closed ? accepted : target;
            if (!closed) {
                if (created)
                    accepted.setOption(SO_TIMEOUT, target.getOption(SO_TIMEOUT));
                target = accepted;
                settle();
            }
        }
        if (superseded != null)
            PLATFORM.close(superseded);
        if (superseded == accepted)
            throw new SocketException("Socket closed");
    }

    // -- options

    @Override
    public void setOption(int option, Object value) throws SocketException {
        if (!decided) {
            synchronized (this) {
                if (!decided) {
                    target().setOption(option, value);
                    options.record(option, value);
                    return;
                }
            }
        }
        target().setOption(option, value);
    }

    @Override
    public Object getOption(int option) throws SocketException {
        return target().getOption(option);
    }

    @Override
    protected <T> void setOption(SocketOption<T> option, T value) throws IOException {
        if (!decided) {
            synchronized (this) {
                if (!decided) {
                    options.set(option, value, (o, v) -> PLATFORM.setOption(target(), o, v));
                    return;
                }
            }
        }
        PLATFORM.setOption(target(), option, value);
    }

    @Override
    protected <T> T getOption(SocketOption<T> option) throws IOException {
        if (!decided) {
            synchronized (this) {
                if (!decided)
                    return options.get(option, o -> PLATFORM.getOption(target(), o));
            }
        }
        return PLATFORM.getOption(target(), option);
    }

    /**
     * The JDK's own {@code Socket} asks once and caches the answer. If a program asks it before the socket becomes TCP,
     * it continues to list options of vsock.
     */
    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        if (!decided) {
            synchronized (this) {
                if (!decided)
                    return options.supported(PLATFORM.supportedOptions(target()));
            }
        }
        return PLATFORM.supportedOptions(target());
    }

    // -- methods that only delegate

    @Override
    protected void create(boolean stream) throws IOException {
        PLATFORM.create(target(), stream);
        synchronized (this) {
            created = true;
            ofDatagrams = !stream;
        }
    }

    @Override
    protected void close() throws IOException {
        SocketImpl closing;
        synchronized (this) {
            closed = true;
            closing = target;
        }
        if (closing != null)
            PLATFORM.close(closing);
    }

    @Override
    protected void listen(int backlog) throws IOException {
        PLATFORM.listen(target(), backlog);
    }

    @Override
    protected InputStream getInputStream() throws IOException {
        return PLATFORM.inputStream(target());
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        return PLATFORM.outputStream(target());
    }

    @Override
    protected int available() throws IOException {
        return PLATFORM.available(target());
    }

    @Override
    protected void shutdownInput() throws IOException {
        PLATFORM.shutdownInput(target());
    }

    @Override
    protected void shutdownOutput() throws IOException {
        PLATFORM.shutdownOutput(target());
    }

    @Override
    protected boolean supportsUrgentData() {
        return PLATFORM.supportsUrgentData(target());
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        PLATFORM.sendUrgentData(target(), data);
    }

    @Override
    protected FileDescriptor getFileDescriptor() {
        return PLATFORM.fileDescriptor(target());
    }

    @Override
    protected InetAddress getInetAddress() {
        return PLATFORM.inetAddress(target());
    }

    @Override
    protected int getPort() {
        return PLATFORM.port(target());
    }

    @Override
    protected int getLocalPort() {
        return PLATFORM.localPort(target());
    }
}
