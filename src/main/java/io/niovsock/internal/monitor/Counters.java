// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.monitor;

import io.niovsock.VsockMXBean;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts sockets from the first one on: an addition beside several system calls. Bytes are counted in each channel and
 * added here when it is closed.
 *
 * <p> {@code -D}{@value #PROPERTY} registers the counters with the JVM's server of MBeans, unless its value is
 * {@code false}.
 */
public final class Counters {
    private static final String PROPERTY = "io.niovsock.jmx";
    private static final boolean REGISTERED = isWanted(System.getProperty(PROPERTY));

    private static final AtomicLong CONNECTED = new AtomicLong();
    private static final AtomicLong CONNECTS_FAILED = new AtomicLong();
    private static final AtomicLong ACCEPTED = new AtomicLong();
    private static final AtomicLong REFUSED = new AtomicLong();
    private static final AtomicLong RESET = new AtomicLong();
    private static final AtomicLong BYTES_READ = new AtomicLong();
    private static final AtomicLong BYTES_WRITTEN = new AtomicLong();

    private static volatile boolean watched = REGISTERED;

    private Counters() { }

    private static boolean isWanted(String value) {
        return value != null && !value.equalsIgnoreCase("false");
    }

    // -- what happens

    /** A socket of this library was opened or accepted. The first one registers the counters, if the user wants it. */
    public static void opened(SocketKind kind) {
        kind.opened.getAndIncrement();
        if (REGISTERED)
            Registration.ensureDone();
    }

    /** A channel was closed that had moved the given numbers of bytes. */
    public static void closed(SocketKind kind, long bytesRead, long bytesWritten) {
        kind.closed.getAndIncrement();
        if (bytesRead != 0)
            BYTES_READ.getAndAdd(bytesRead);
        if (bytesWritten != 0)
            BYTES_WRITTEN.getAndAdd(bytesWritten);
    }

    /** A connect has succeeded. */
    public static void connected() {
        CONNECTED.getAndIncrement();
    }

    /** A connect has failed, or its channel was closed before it ended. */
    public static void connectFailed() {
        CONNECTS_FAILED.getAndIncrement();
    }

    /** A listener has accepted a connection, and handed it to the program. */
    public static void accepted() {
        ACCEPTED.getAndIncrement();
    }

    /** A listener has ended a connection that it does not take, before the program sees it. */
    public static void refused() {
        REFUSED.getAndIncrement();
    }

    /** A connection was ended by its peer's reset, or by another error. */
    public static void reset() {
        RESET.getAndIncrement();
    }

    // -- what was counted

    /** How many connections all listeners of this JVM have refused. */
    public static long refusals() {
        return REFUSED.get();
    }

    /** The counters as an object of the program's. From now on, channels have all their bytes counted. */
    public static VsockMXBean statistics() {
        watched = true;
        return Statistics.INSTANCE;
    }

    /** Whether somebody will read how many bytes a channel has moved. */
    public static boolean areBytesWanted() {
        return watched || Recorder.isOn() && CloseEvent.isWanted();
    }

    private static final class Statistics implements VsockMXBean {
        static final VsockMXBean INSTANCE = new Statistics();

        @Override
        public long getOpenedCount() {
            long sum = 0;
            for (SocketKind kind : SocketKind.values())
                sum += kind.opened.get();
            return sum;
        }

        @Override
        public long getClosedCount() {
            long sum = 0;
            for (SocketKind kind : SocketKind.values())
                sum += kind.closed.get();
            return sum;
        }

        @Override
        public long getConnectedCount() {
            return CONNECTED.get();
        }

        @Override
        public long getFailedConnectCount() {
            return CONNECTS_FAILED.get();
        }

        @Override
        public long getAcceptedCount() {
            return ACCEPTED.get();
        }

        @Override
        public long getRefusedCount() {
            return REFUSED.get();
        }

        @Override
        public long getResetCount() {
            return RESET.get();
        }

        @Override
        public long getOpenStreamCount() {
            return SocketKind.STREAM.open();
        }

        @Override
        public long getOpenRecordSocketCount() {
            return SocketKind.RECORDS.open();
        }

        @Override
        public long getOpenListenerCount() {
            return SocketKind.LISTENER.open();
        }

        @Override
        public long getOpenDatagramSocketCount() {
            return SocketKind.DATAGRAMS.open();
        }

        @Override
        public long getBytesRead() {
            return BYTES_READ.get();
        }

        @Override
        public long getBytesWritten() {
            return BYTES_WRITTEN.get();
        }
    }
}
