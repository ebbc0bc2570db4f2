// SPDX-License-Identifier: Apache-2.0
package io.niovsock.socket;

import io.niovsock.datagram.DatagramKind;
import io.niovsock.testkit.OpenSockets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.TreeMap;

/** A datagram channel that is no longer reachable releases its descriptor, as the JDK's do. */
class ForgottenDatagramChannelTest {
    private static final int MANY = 20;

    @BeforeEach
    void aTransportThatCarriesDatagrams() throws Exception {
        DatagramKind.requireTransport();
    }

    @ParameterizedTest
    @EnumSource
    void forgottenNewItIsClosed(DatagramKind kind) throws Exception {
        TreeMap<Integer, String> before = OpenSockets.now();
        for (int i = 0; i < MANY; i++)
            kind.open();
        OpenSockets.awaitNoneBut(before);
    }

    @ParameterizedTest
    @EnumSource
    void forgottenInUseItIsClosed(DatagramKind kind) throws Exception {
        TreeMap<Integer, String> before = OpenSockets.now();
        for (int i = 0; i < MANY; i++)
            use(kind);
        OpenSockets.awaitNoneBut(before);
    }

    private static void use(DatagramKind kind) throws Exception {
        DatagramChannel channel = kind.openBound();
        channel.connect(kind.addressOf(channel));
        channel.socket().setSoTimeout(1);
        channel.configureBlocking(false);
        channel.write(ByteBuffer.allocate(1));
    }

    /** The number of a closed channel may belong to another file: nothing may close it a second time. */
    @ParameterizedTest
    @EnumSource
    void closedAndForgottenItLeavesTheNumberAlone(DatagramKind kind) throws Exception {
        for (int i = 0; i < MANY; i++)
            kind.openBound().close();
        try (DatagramChannel next = kind.openBound()) {
            TreeMap<Integer, String> before = OpenSockets.now();
            for (int i = 0; i < MANY; i++)
                kind.open();
            OpenSockets.awaitNoneBut(before); // the cleaners have run
            next.send(ByteBuffer.allocate(1), kind.addressOf(next));
            next.receive(ByteBuffer.allocate(1));
        }
    }
}
