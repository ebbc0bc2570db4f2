// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Transfers of heap buffers do not stop other threads from allocating: in a small heap, with each collector of every
 * JDK.
 */
class AllocationBesideTransfersTest {
    private static final int SECONDS = 3;

    @ParameterizedTest
    @ValueSource(strings = { "G1", "Serial", "Parallel" })
    void nobodyRunsOutOfMemory(String collector) throws Exception {
        ChildJvm.Result result = ChildJvm.of(AllocatingProgram.class).arguments(SECONDS)
            .option("-XX:-UseSerialGC").option("-XX:+Use" + collector + "GC").option("-Xmx48m").run().succeeded();
        assertTrue(result.text().contains("moved and allocated"), result::text);
    }
}
