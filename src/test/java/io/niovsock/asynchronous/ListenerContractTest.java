// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.testkit.Contract;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import static io.niovsock.asynchronous.Outcome.ATTACHMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Every method of a listener in every state has the outcome of the platform's listener. */
class ListenerContractTest {
    private record Subject(AsynchronousKind kind, AsynchronousServerSocketChannel channel) implements AutoCloseable {
        @Override
        public void close() throws Exception {
            channel.close();
        }
    }

    private static Object begun(Future<?> accept) throws Exception {
        if (!accept.isDone())
            return "waits";
        try {
            return accept.get();
        } catch (ExecutionException e) {
            return "failure of " + e.getCause().getClass().getName();
        }
    }

    private static Map<String, String> outcomes(AsynchronousKind kind) throws Exception {
        return new Contract<AsynchronousKind, Subject>()
            .state("unbound", of -> new Subject(of, of.openServer(null)))
            .state("bound", of -> new Subject(of, of.listen(null)))
            .state("closed unbound", of -> {
                Subject subject = new Subject(of, of.openServer(null));
                subject.close();
                return subject;
            })
            .state("closed", of -> {
                Subject subject = new Subject(of, of.listen(null));
                subject.close();
                return subject;
            })
            .state("with an accept", of -> {
                Subject subject = new Subject(of, of.listen(null));
                subject.channel().accept();
                return subject;
            })
            .state("after a cancelled accept by force", of -> {
                Subject subject = new Subject(of, of.listen(null));
                subject.channel().accept().cancel(true);
                return subject;
            })
            .value("accept", subject -> begun(subject.channel().accept()))
            .action("accept without a handler", subject -> subject.channel().accept(null, null))
            .action("accept to a handler", subject -> subject.channel().accept(ATTACHMENT, new Outcome<>()))
            .action("bind", subject -> subject.channel().bind(subject.kind().freeEndpoint()))
            .action("bind to null", subject -> subject.channel().bind(null))
            .action("bind to an unresolved address",
                subject -> subject.channel().bind(InetSocketAddress.createUnresolved("nobody.invalid", 1)))
            .action("bind to another type of address", subject -> subject.channel().bind(new SocketAddress() { }))
            .value("local address", subject -> subject.channel().getLocalAddress())
            .value("option", subject -> subject.channel().getOption(StandardSocketOptions.SO_RCVBUF))
            .action("set option", subject -> subject.channel().setOption(StandardSocketOptions.SO_REUSEADDR, true))
            .action("set no option", subject -> subject.channel().setOption(null, true))
            .action("set another option",
                subject -> subject.channel().setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1))
            .value("options", subject -> subject.channel().supportedOptions())
            .value("open", subject -> subject.channel().isOpen())
            .action("close", subject -> subject.channel().close())
            .outcomes(kind, subject -> subject.channel().isOpen());
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(names = "PLATFORM", mode = EnumSource.Mode.EXCLUDE)
    void eachOutcomeIsThatOfThePlatformsListener(AsynchronousKind kind) throws Exception {
        assertEquals("", Contract.differences(outcomes(AsynchronousKind.PLATFORM), outcomes(kind)));
    }
}
