// SPDX-License-Identifier: Apache-2.0
package io.niovsock.inherited;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.ConnectException;
import java.nio.channels.SocketChannel;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Sockets that a service manager passes, by the protocol of sd_listen_fds(3). */
class PassedSocketsTest {
    private VsockSocketAddress first;
    private VsockSocketAddress second;

    @BeforeEach
    void chooseEndpoints() throws Exception {
        first = Launch.freeEndpoint();
        do {
            second = Launch.freeEndpoint();
        } while (second.equals(first));
    }

    private Launch passing(Class<?> program, Object... arguments) {
        return Launch.of(program, arguments).with("3", "listen:stream", first).with("4", "listen:records", second)
            .variable("LISTEN_FDS", 2);
    }

    @Test
    void everySocketIsAChannel() throws Exception {
        assertEquals(List.of("vsock listener " + first, "vsock listener " + second),
            passing(Inheriting.DescribePassed.class).run());
    }

    @Test
    void aNameChooses() throws Exception {
        assertEquals(List.of("vsock listener " + second),
            passing(Inheriting.DescribePassed.class, "control").variable("LISTEN_FDNAMES", "data:control").run());
        assertEquals(List.of(), passing(Inheriting.DescribePassed.class, "other")
            .variable("LISTEN_FDNAMES", "data:control").run());
    }

    @Test
    void whatHasNoNameIsUnknown() throws Exception {
        assertEquals(List.of("vsock listener " + first, "vsock listener " + second),
            passing(Inheriting.DescribePassed.class, "unknown").run());
    }

    @Test
    void theyAnswerAndAreNotInheritedFurther() throws Exception {
        assertServes("kept", Launch.of(Inheriting.ServePassed.class));
    }

    /** The program has no option to set before the first connection comes. */
    @Test
    void aRuleSaysFromWhichPeersTheyAccept() throws Exception {
        assertServes("", Launch.of(Inheriting.ServePassed.class)
            .variable("JDK_JAVA_OPTIONS", "-Dio.niovsock.acceptFrom=" + first.getVsockPort() + "=42"));
    }

    /** A client of this machine reads the answer, and then the end of the stream. */
    private void assertServes(String answer, Launch program) throws Exception {
        Process process = program.with("3", "listen:stream", first).variable("LISTEN_FDS", 1).start();
        try {
            Await.until(() -> "there is no listener", () -> {
                try (SocketChannel client = SocketChannel.open(first)) {
                    assertEquals(answer, Streams.readText(client, answer.length()));
                    Streams.assertEnd(client);
                    return true;
                } catch (ConnectException notYet) {
                    assertTrue(process.isAlive(), "the launcher has ended");
                    return false;
                }
            });
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void whatIsMeantForAnotherProcessIsNotTaken() throws Exception {
        assertEquals(List.of(), passing(Inheriting.DescribePassed.class).variable("LISTEN_PID", 1).run());
    }

    @Test
    void nothingIsPassedWithoutTheVariables() throws Exception {
        assertEquals(List.of(), Launch.of(Inheriting.DescribePassed.class).with("3", "listen:stream", first).run());
    }

    @ParameterizedTest
    @ValueSource(strings = { "tcp", "udp", "file" })
    void whatIsNoVsockSocketIsRefused(String other) throws Exception {
        List<String> lines = passing(Inheriting.DescribePassed.class).with("5", other).variable("LISTEN_FDS", 3)
            .variable("LISTEN_FDNAMES", "a:b:c").run();
        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.get(0).startsWith("descriptor 5 of LISTEN_FDS (c) is not a socket of the ")
            && lines.get(0).endsWith(other.equals("file") ? "not a socket (Socket operation on non-socket)"
            : "a socket of address family 2"), lines::toString);
    }

    @Test
    void whatIsNotAskedForMayBeAnything() throws Exception {
        assertEquals(List.of("vsock listener " + first),
            passing(Inheriting.DescribePassed.class, "a").with("5", "tcp").variable("LISTEN_FDS", 3)
                .variable("LISTEN_FDNAMES", "a:b:c").run());
    }

    @Test
    void aDescriptorThatIsNotOpenIsRefused() throws Exception {
        List<String> lines = Launch.of(Inheriting.DescribePassed.class).variable("LISTEN_FDS", 900).run();
        assertEquals(List.of("LISTEN_FDS=900: descriptor 902 is not open in this process"), lines);
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "two", "-1", "99999999999" })
    void aNumberThatCannotBeReadIsRefused(String count) throws Exception {
        List<String> lines = Launch.of(Inheriting.DescribePassed.class).variable("LISTEN_FDS", count).run();
        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.get(0).startsWith("LISTEN_FDS=" + count + ": expected a number"), lines::toString);
    }

    /** More descriptors than a process can have: a list of them would not fit on the heap. */
    @ParameterizedTest
    @ValueSource(ints = { 100_000_000, Integer.MAX_VALUE - 3 })
    void aNumberThatNoProcessCanHaveIsRefused(int count) throws Exception {
        List<String> lines = Launch.of(Inheriting.DescribePassed.class).variable("LISTEN_FDS", count).run();
        assertEquals(
            List.of("LISTEN_FDS=" + count + ": descriptor " + (count + 2) + " is not open in this process"), lines);
    }
}
