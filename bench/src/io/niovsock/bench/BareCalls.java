// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;
import java.util.List;

/**
 * The library's native methods without its channels: no lock, no close that could wake the thread, no buffer to look
 * at. What this costs, every channel in Java costs. No program could work like that.
 */
final class BareCalls implements Benchmark {
    static final String NAME = "native-methods";

    private static final Object NATIVES;
    private static final MethodHandle SEND;
    private static final MethodHandle RECEIVE;
    private static final MethodHandle SEND_TO;
    private static final MethodHandle RECEIVE_FROM;
    private static final int FAMILY = 1; // AF_UNIX, under the emulated transport
    private static final int CID = 2;

    static {
        try {
            Class<?> type = Class.forName("io.niovsock.internal.natives.Natives");
            Field instance = type.getDeclaredField("INSTANCE");
            instance.setAccessible(true);
            NATIVES = instance.get(null);
            SEND = handle("send");
            RECEIVE = handle("receive");
            SEND_TO = handle("sendTo");
            RECEIVE_FROM = handle("receiveFrom");
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the jar of this library has other native methods", e);
        }
    }

    /** A number of transfers, which is the result. */
    private interface Calls {
        int call() throws Throwable;
    }

    private final List<Object> used; // descriptors and memory: so that they stay
    private final boolean isRate;
    private final Calls calls;

    private BareCalls(List<Object> used, boolean isRate, Calls calls) {
        this.used = used;
        this.isRate = isRate;
        this.calls = calls;
    }

    /** What {@link Datagrams} does. */
    static Benchmark datagrams() throws Exception {
        Implementation channels = new Niovsock();
        DatagramChannel sender = channels.bindDatagrams();
        DatagramChannel receiver = channels.bindDatagrams();
        SocketAddress where = channels.destination(receiver);
        ByteBuffer out = ByteBuffer.allocateDirect(Datagrams.SIZE);
        ByteBuffer in = ByteBuffer.allocateDirect(Throughput.SIZE);
        sender.send(out, where); // both are vsock now
        receiver.receive(in);
        int from = descriptor(sender);
        int to = descriptor(receiver);
        long outAddress = address(out);
        long inAddress = address(in);
        String text = where.toString();
        int port = Integer.parseUnsignedInt(text.substring(text.lastIndexOf(':') + 1));
        int[] source = new int[2];
        return new BareCalls(List.of(sender, receiver, out, in), true, () -> {
            for (int i = 0; i < Datagrams.BURST; i++)
                require(out, (int) SEND_TO.invokeExact(from, outAddress, Datagrams.SIZE, FAMILY, CID, port));
            for (int i = 0; i < Datagrams.BURST; i++)
                require(out, (int) RECEIVE_FROM.invokeExact(to, inAddress, Throughput.SIZE, source, source[0],
                    source[1]));
            return Datagrams.BURST;
        });
    }

    /** What {@link Calling} does, for records. */
    static Benchmark records(int size) throws Exception {
        Connected pair = new Niovsock().connectForRecords();
        ByteBuffer buffer = Throughput.allocate(true).limit(size).slice();
        int from = descriptor(pair.client());
        int to = descriptor(pair.server());
        long address = address(buffer);
        return new BareCalls(List.of(pair, buffer), false, () -> {
            require(buffer, (int) SEND.invokeExact(from, address, size, 0));
            require(buffer, (int) RECEIVE.invokeExact(to, address, size, 0));
            return 1;
        });
    }

    @Override
    public double iteration(double seconds) throws IOException {
        long nanos = (long) (seconds * 1e9);
        long count = 0;
        long start = System.nanoTime();
        long elapsed;
        try {
            do {
                count += calls.call();
            } while ((elapsed = System.nanoTime() - start) < nanos);
        } catch (Throwable e) {
            throw new IOException("after " + count + " transfers with " + used, e);
        }
        return isRate ? count / (elapsed / 1e9) : elapsed / 1e3 / count;
    }

    private static void require(ByteBuffer whole, int moved) throws IOException {
        if (moved != whole.capacity())
            throw new IOException("a call returned " + moved + ", not " + whole.capacity());
    }

    private static MethodHandle handle(String name) throws ReflectiveOperationException {
        return MethodHandles.lookup().unreflect(method(NATIVES, name)).bindTo(NATIVES);
    }

    private static int descriptor(Channel channel) throws ReflectiveOperationException {
        return (int) method(channel, "getFDVal").invoke(channel);
    }

    private static long address(ByteBuffer buffer) throws ReflectiveOperationException {
        return (long) method(NATIVES, "directAddress").invoke(NATIVES, buffer);
    }

    private static Method method(Object of, String name) throws ReflectiveOperationException {
        Method method = Arrays.stream(of.getClass().getMethods()).filter(each -> each.getName().equals(name))
            .findFirst().orElseThrow(() -> new NoSuchMethodException(name));
        method.setAccessible(true);
        return method;
    }
}
