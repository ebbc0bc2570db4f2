// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A difference between TCP and vsock that is meant to be there.
 *
 * @param operation which operations have it
 * @param tcp the outcome over TCP
 * @param vsock the outcome over vsock
 * @param reason why
 */
record Difference(Pattern operation, Pattern tcp, Pattern vsock, String reason) {
    static final List<Difference> ALL = List.of(
        of("(CONNECT|FINISH_CONNECT|SEND|RECEIVE|READ.*|WRITE.*) .*",
            "AsynchronousCloseException", "ClosedChannelException",
            "the Javadoc has the second for a channel that is closed before"),
        of("KEEP_ALIVE .*", "IOException", "true",
            "the JDK's asynchronous channels take no option after a shutdown of their output, without a reason in the"
                + " Javadoc"),
        of("READ.*", "(SocketException|IOException)(: Connection reset)?", "-1|0",
            "TCP resets a connection whose end is closed with unread bytes; vsock ends it"),
        of("CLOSE .*", "(.*)pending read: IOException", "(.*)pending read: -1", "as before, for a read that waits"),
        of("SELECT .*", "ready 13", "ready 0",
            "poll(2) reports a hang-up for a TCP socket that is not connected, and nothing for a vsock socket"),
        of("SELECT .*", "ready [45]", "ready 13",
            "vsock tells an end that the other reads no more, so with both inputs shut the connection is hung up"),
        of("SELECT .*", "ready [45], output shut", "ready 13, output shut", "as before"),
        of("SELECT .*", "ready 4, output shut", "ready 0, output shut",
            "poll(2) reports a TCP socket whose output is shut as writable, and a vsock socket not"),
        of("SELECT .*", "ready 5, output shut", "ready 1, output shut", "as before, with bytes to read"),
        of("CONNECT.*", "ConnectException: Connection refused( \\(connect failed\\))?",
            "ConnectException: Connection refused: connect to .*", "the text goes on with the endpoint and what helps"),
        of("BIND_.*TAKEN .*", "BindException: Address already in use",
            "BindException: bind to .*: Address already in use", "as before, with the system's words at the end"),
        of("SEND.*", "IllegalArgumentException", "SocketException: Socket closed",
            "JDK 17 misses the address of a packet before it sees that the socket is closed; later ones do as vsock"),
        of("WRITE_URGENT .*", "SocketException: .*|" + Outcome.LEFT_OUT, "SocketException: Urgent data not supported",
            "vsock has none, so java.net refuses it first"),
        of("URGENT_INLINE .*", "true", "false", "as before: none ever comes inline"),
        of("STATE .*", "(bound true, connected false, closed false, .* local port some) at any, any(.*)",
            "(bound true, connected false, closed false, .* local port some) at one, one(.*)",
            "the address of every CID is not the wildcard of IP"),
        of("STATE .*", "(bound true, connected false, .* local port) some at any, any(.*)",
            "(bound true, connected false, .* local port) 0 at any, any(.*)",
            "a bind to any port decides nothing, and a connect over vsock, which failed, does not get TCP's port"),
        of("TRAFFIC_CLASS .*", "(0|252)", "(1|2|255)",
            "a connected TCP socket keeps the two low bits, which are for congestion; vsock remembers the value"));

    private static Difference of(String operation, String tcp, String vsock, String reason) {
        return new Difference(Pattern.compile(operation), Pattern.compile(tcp), Pattern.compile(vsock), reason);
    }

    /**
     * Performs a sequence of operations on both, and compares their outcomes.
     *
     * @param reference performs an operation over TCP or UDP, and tells its outcome
     * @param vsock does so over vsock
     */
    static <O> void assertNoOther(List<O> sequence, Function<O, String> reference, Function<O, String> vsock) {
        List<String> done = new ArrayList<>();
        for (O operation : sequence) {
            String expected = reference.apply(operation);
            String outcome = vsock.apply(operation);
            if (!expected.equals(Outcome.LEFT_OUT))
                done.add(operation + ": " + expected);
            if (!isKnown(operation, expected, outcome))
                assertEquals(expected, outcome, () -> String.join("\n", done));
        }
    }

    private static boolean isKnown(Object operation, String tcp, String vsock) {
        return ALL.stream().anyMatch(difference -> difference.operation.matcher(operation.toString()).matches()
            && difference.tcp.matcher(tcp).matches() && difference.vsock.matcher(vsock).matches());
    }
}
