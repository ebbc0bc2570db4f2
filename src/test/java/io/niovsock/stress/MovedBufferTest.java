// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.datagram.DatagramKind;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Another thread moves the position and limit of a buffer during an operation. That is an error of the program. It gets
 * odd bytes or an exception, but never other memory, and the JVM survives. The system property {@value #SECONDS} sets a
 * longer duration.
 */
class MovedBufferTest {
    private static final String SECONDS = "niovsock.test.moved.seconds";
    private static final int PATH_MILLIS = Machine.rounds(100);
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
