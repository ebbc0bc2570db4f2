// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.testkit.Contract;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import static io.niovsock.asynchronous.Outcome.ATTACHMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

/** Every method of a connection in every state has the outcome of the platform's channel. */
class SocketContractTest {
    /** A channel, and what keeps its state. */
    private record Subject(AsynchronousKind kind, AsynchronousSocketChannel channel, AsynchronousSocketChannel peer,
                           AsynchronousServerSocketChannel server) implements AutoCloseable {
        static Subject unconnected(AsynchronousKind kind) throws IOException {
            return new Subject(kind, kind.openClient(null), null, kind.listen(null));
        }

        static Subject connected(AsynchronousKind kind) throws Exception {
            AsynchronousPair pair = AsynchronousPair.of(kind);
            return new Subject(kind, pair.client(), pair.peer(), kind.listen(null));
        }

        SocketAddress destination() throws IOException {
            return server.getLocalAddress();
        }

        @Override
        public void close() throws IOException {
            channel.close();
            server.close();
            if (peer != null)
                peer.close();
        }
    }

    /** Changes the state of a channel. */
    private interface Change {
        void of(AsynchronousSocketChannel channel) throws Exception;
    }

    private static Contract.State<AsynchronousKind, Subject> connectedThen(Change change) {
        return kind -> {
            Subject subject = Subject.connected(kind);
            change.of(subject.channel());
            return subject;
        };
    }

    private static Contract<AsynchronousKind, Subject> contract() {
        Contract<AsynchronousKind, Subject> contract = new Contract<>();
        states(contract);
        futures(contract);
        handlers(contract);
        refusals(contract);
        others(contract);
        return contract;
    }

    private static void states(Contract<AsynchronousKind, Subject> contract) {
        contract.state("unconnected", Subject::unconnected)
            .state("bound", kind -> {
                Subject subject = Subject.unconnected(kind);
                subject.channel().bind(kind.freeEndpoint());
                return subject;
            })
            .state("closed", kind -> {
                Subject subject = Subject.unconnected(kind);
                subject.channel().close();
                return subject;
            })
            .state("refused", kind -> {
                Subject subject = Subject.unconnected(kind);
                Outcome.failureOf(subject.channel().connect(kind.nobody()), ConnectException.class);
                return subject;
            })
            .state("connected", Subject::connected)
            .state("with input shut down", connectedThen(AsynchronousSocketChannel::shutdownInput))
            .state("with output shut down", connectedThen(AsynchronousSocketChannel::shutdownOutput))
            .state("connected and closed", connectedThen(AsynchronousSocketChannel::close))
            .state("after a cancelled read",
                connectedThen(channel -> channel.read(ByteBuffer.allocate(1)).cancel(false)))
            .state("after a cancelled write", connectedThen(SocketContractTest::cancelWrite))
            .state("after a read cancelled by force",
                connectedThen(channel -> channel.read(ByteBuffer.allocate(1)).cancel(true)))
            .state("with a read", connectedThen(channel -> channel.read(ByteBuffer.allocate(1))))
            .state("with a write", connectedThen(AsynchronousPair::fill));
    }

    private static void cancelWrite(AsynchronousSocketChannel channel) throws Exception {
        ByteBuffer large = ByteBuffer.allocate(1 << 20);
        Future<Integer> write;
        do {
            write = channel.write(large.clear());
        } while (!write.cancel(false));
    }

    /** The result of a future, or its failure. */
    private static Object of(Future<?> future) throws Exception {
        try {
            return Outcome.resultOf(future);
        } catch (ExecutionException e) {
            return "failure of " + e.getCause().getClass().getName();
        }
    }

    private static Object of(Outcome<?> outcome) throws Exception {
        outcome.thread();
        try {
            return outcome.value();
        } catch (ExecutionException e) {
            return "handled failure of " + e.getCause().getClass().getName();
        }
    }

    private static void futures(Contract<AsynchronousKind, Subject> contract) {
        contract.value("connect", subject -> of(subject.channel().connect(subject.destination())))
            .value("write", subject -> subject.channel().write(ByteBuffer.allocate(1)) == null ? "null" : "begun")
            .value("read nothing", subject -> of(subject.channel().read(ByteBuffer.allocate(0))))
            .value("write nothing", subject -> of(subject.channel().write(ByteBuffer.allocate(0))))
            .value("read", subject -> {
                Future<Integer> read = subject.channel().read(ByteBuffer.allocate(1));
                return read.isDone() ? of(read) : "waits";
            });
    }

    private static void handlers(Contract<AsynchronousKind, Subject> contract) {
        contract.value("connect to a handler", subject -> {
            Outcome<Void> outcome = new Outcome<>();
            subject.channel().connect(subject.destination(), ATTACHMENT, outcome);
            return of(outcome);
        }).value("read nothing to a handler", subject -> {
            Outcome<Integer> outcome = new Outcome<>();
            subject.channel().read(ByteBuffer.allocate(0), ATTACHMENT, outcome);
            return of(outcome);
        }).value("write nothing to a handler", subject -> {
            Outcome<Integer> outcome = new Outcome<>();
            subject.channel().write(ByteBuffer.allocate(0), ATTACHMENT, outcome);
            return of(outcome);
        }).value("gather nothing", subject -> {
            Outcome<Long> outcome = new Outcome<>();
            subject.channel().write(new ByteBuffer[] { ByteBuffer.allocate(0) }, 0, 1, 0, TimeUnit.SECONDS,
                ATTACHMENT, outcome);
            return of(outcome);
        });
    }

    private static void refusals(Contract<AsynchronousKind, Subject> contract) {
        ByteBuffer readOnly = ByteBuffer.allocate(1).asReadOnlyBuffer();
        ByteBuffer[] two = { ByteBuffer.allocate(1), ByteBuffer.allocate(1) };
        contract.action("connect to null", subject -> subject.channel().connect(null))
            .action("connect to an unresolved address",
                subject -> subject.channel().connect(InetSocketAddress.createUnresolved("nobody.invalid", 1)))
            .action("connect to another type of address",
                subject -> subject.channel().connect(new SocketAddress() { }))
            .action("connect without a handler",
                subject -> subject.channel().connect(subject.destination(), null, null))
            .action("bind to another type of address", subject -> subject.channel().bind(new SocketAddress() { }))
            .action("read into null", subject -> subject.channel().read(null))
            .action("write from null", subject -> subject.channel().write(null))
            .action("read into a read-only buffer", subject -> subject.channel().read(readOnly))
            .action("scatter into a read-only buffer", subject -> subject.channel().read(
                new ByteBuffer[] { readOnly }, 0, 1, 0, TimeUnit.SECONDS, ATTACHMENT, new Outcome<>()))
            .action("read without a handler",
                subject -> subject.channel().read(ByteBuffer.allocate(1), null, null))
            .action("write without a handler",
                subject -> subject.channel().write(ByteBuffer.allocate(1), null, null))
            .action("scatter without a handler",
                subject -> subject.channel().read(two, 0, 2, 0, TimeUnit.SECONDS, null, null))
            .action("scatter out of bounds", subject -> subject.channel().read(two, 1, 2, 0, TimeUnit.SECONDS,
                ATTACHMENT, new Outcome<>()))
            .action("scatter before the first", subject -> subject.channel().read(two, -1, 2, 0, TimeUnit.SECONDS,
                ATTACHMENT, new Outcome<>()))
            .action("gather out of bounds", subject -> subject.channel().write(two, 0, 3, 0, TimeUnit.SECONDS,
                ATTACHMENT, new Outcome<>()))
            .action("set no option", subject -> subject.channel().setOption(null, 1))
            .action("set another option",
                subject -> subject.channel().setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1))
            .action("set a negative size", subject -> subject.channel().setOption(StandardSocketOptions.SO_RCVBUF, -1));
    }

    private static void others(Contract<AsynchronousKind, Subject> contract) {
        contract.action("bind", subject -> subject.channel().bind(subject.kind().freeEndpoint()))
            .action("bind to null", subject -> subject.channel().bind(null))
            .value("local address", subject -> subject.channel().getLocalAddress())
            .value("remote address", subject -> subject.channel().getRemoteAddress())
            .action("shut down the input", subject -> subject.channel().shutdownInput())
            .action("shut down the output", subject -> subject.channel().shutdownOutput())
            .value("option", subject -> subject.channel().getOption(StandardSocketOptions.SO_RCVBUF))
            .action("set option", subject -> subject.channel().setOption(StandardSocketOptions.TCP_NODELAY, true))
            .value("options", subject -> subject.channel().supportedOptions())
            .value("open", subject -> subject.channel().isOpen())
            .action("close", subject -> subject.channel().close());
    }

    /** The platform's channel refuses options once its output is shut down; no documentation says so. */
    private static final List<String> OPTIONS_AFTER_SHUTDOWN = List.of("with output shut down: set option",
        "with output shut down: set a negative size");

    private static final Map<String, String> EXPECTED = expected();

    private static Map<String, String> expected() {
        try {
            return contract().outcomes(AsynchronousKind.PLATFORM, subject -> subject.channel().isOpen());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(names = "PLATFORM", mode = EnumSource.Mode.EXCLUDE)
    void eachOutcomeIsThatOfThePlatformsChannel(AsynchronousKind kind) throws Exception {
        Map<String, String> outcomes = contract().outcomes(kind, subject -> subject.channel().isOpen());
        if (kind == AsynchronousKind.VSOCK)
            for (String departure : OPTIONS_AFTER_SHUTDOWN)
                assertNotEquals(EXPECTED.get(departure), outcomes.put(departure, EXPECTED.get(departure)));
        assertEquals("", Contract.differences(EXPECTED, outcomes));
    }
}
