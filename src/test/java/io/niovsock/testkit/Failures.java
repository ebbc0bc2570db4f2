package io.niovsock.testkit;

import org.junit.jupiter.api.function.Executable;

import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Exceptions of exactly the class that the contract prescribes. */
public final class Failures {
    private Failures() { }

    /** The call fails with an exception of that class, not of a subclass. */
    public static <E extends Throwable> E assertFails(Class<E> expected, Executable call) {
        E thrown = assertThrows(expected, call);
        assertEquals(expected, thrown.getClass(), thrown::toString);
        return thrown;
    }

    /** The channel is closed. Of JDK 17's own channels some report that as a close in the middle of the call. */
    public static void assertClosed(ChannelKind channel, Executable call) {
        if (channel == ChannelKind.VSOCK)
            assertFails(ClosedChannelException.class, call);
        else
            assertThrows(ClosedChannelException.class, call);
    }

    /** The write was ended by a close. One of TCP's that had moved some bytes has reported these, and the next one failed. */
    public static void assertEndedByClose(ChannelKind channel, Background<?> writer) {
        if (channel.isVsock())
            writer.failure(AsynchronousCloseException.class);
        else
            assertInstanceOf(ClosedChannelException.class, writer.failure());
    }
}
