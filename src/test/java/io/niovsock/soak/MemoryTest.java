// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the JVM reports of its native memory is sorted into what warms up, and what must not grow. */
class MemoryTest {
    private static final long KIBIBYTE = 1024;

    /** As JDK 17 and 28 print it, shortened. */
    private static final String REPORT = """
        Native Memory Tracking:

        Total: reserved=1562651KB, committed=1000KB
               malloc: 21KB #12, peak=44KB #13

        -                 Java Heap (reserved=131072KB, committed=500KB)
                                    (mmap: reserved=131072KB, committed=500KB)

        -                      Code (reserved=250792KB, committed=200KB)
                                    (malloc=4KB #1)

        -                     Other (reserved=30KB, committed=30KB)

        -               Arena Chunk (reserved=66KB, committed=60KB)

        -        Shared class space (reserved=16616KB, committed=100KB, readonly=0KB)
        """;

    private static final String STATUS = "VmRSS:\t    2000 kB\nRssAnon:\t    1010 kB\nRssFile:\t     990 kB\n";

    @Test
    void codeIsApartAndHeapAndCompilersAreLeftOut() throws IOException {
        Memory.Native sorted = Memory.Native.of(REPORT, STATUS);
        assertEquals(200 * KIBIBYTE, sorted.code());
        assertEquals((1000 - 200 - 500 - 60 - 100) * KIBIBYTE, sorted.other());
    }

    @Test
    void whatTheJvmDoesNotCountIsWhatIsResidentBeyondItsTotal() throws IOException {
        assertEquals(10 * KIBIBYTE, Memory.Native.of(REPORT, STATUS).uncounted());
    }

    @Test
    void aReportWithoutItsTotalIsAnError() {
        assertThrows(IOException.class, () -> Memory.Native.of("Native memory tracking is not enabled", STATUS));
    }

    @Test
    void threadsOfTheJdksPoolsAreNotNamed() {
        List<String> names = Memory.withoutPools(List.of("main", "process reaper", "process reaper (pid 17)",
            "ForkJoinPool-1-worker-2", "Read-Poller", "soak"));
        assertEquals(List.of("main", "soak"), names);
    }

    @Test
    void theStatusOfThisProcessHasWhatIsMeasured() throws IOException {
        try (Memory memory = new Memory()) {
            assertTrue(memory.resident() > 0);
            assertFalse(memory.threads().isEmpty());
        }
    }
}
