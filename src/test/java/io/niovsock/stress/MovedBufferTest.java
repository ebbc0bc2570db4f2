package io.niovsock.stress;

import io.niovsock.datagram.DatagramKind;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A buffer whose position and limit another thread moves during an operation: a mistake of the program, which gets odd bytes
 * or an exception for it, but neither the memory of others nor the end of its JVM. The system property {@value #SECONDS} has
 * it run for longer than once.
 */
class MovedBufferTest {
    private static final String SECONDS = "niovsock.test.moved.seconds";
    private static final int PATH_MILLIS = 100;
    private static final int[] COMPILERS = { 1, 4 }; // each reads the fields of a buffer in an order of its own

    @ParameterizedTest
    @EnumSource
    void noOperationLeavesItsBuffer(MovedBufferProgram.Socket socket) throws Exception {
        if (socket == MovedBufferProgram.Socket.DATAGRAM)
            DatagramKind.requireTransport();
        long end = System.nanoTime() + Long.getLong(SECONDS, 0) * 1_000_000_000L;
        do
            for (int compiler : COMPILERS) {
                ChildJvm.Result result = ChildJvm.of(MovedBufferProgram.class).arguments(socket, PATH_MILLIS)
                    .option("-XX:TieredStopAtLevel=" + compiler).run().succeeded();
                assertTrue(result.text().contains("paths="), result::text);
            }
        while (System.nanoTime() - end < 0);
    }
}
