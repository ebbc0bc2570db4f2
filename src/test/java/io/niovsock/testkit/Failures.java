// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import org.junit.jupiter.api.function.Executable;

import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Checks for exceptions of exactly the class that the contract prescribes. */
public final class Failures {
    private Failures() { }

    /** The call must fail with an exception of that class, not of a subclass. */
    public static <E extends Throwable> E assertFails(Class<E> expected, Executable call) {
        E thrown = assertThrows(expected, call);
        assertEquals(expected, thrown.getClass(), thrown::toString);
        return thrown;
    }

    /** The channel must be closed. Some of JDK 17's own channels report that as a close during the call. */
    public static void assertClosed(ChannelKind channel, Executable call) {
        if (channel == ChannelKind.VSOCK)
            assertFails(ClosedChannelException.class, call);
        else
            assertThrows(ClosedChannelException.class, call);
    }

    /**
     * A close must have ended the write. A TCP write that had moved bytes has returned their number, and the next one
     * failed.
     */
    public static void assertEndedByClose(ChannelKind channel, Background<?> writer) {
        if (channel.isVsock())
            writer.failure(AsynchronousCloseException.class);
        else
            assertInstanceOf(ClosedChannelException.class, writer.failure());
    }
}
