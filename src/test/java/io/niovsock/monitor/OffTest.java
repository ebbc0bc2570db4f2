// SPDX-License-Identifier: Apache-2.0
package io.niovsock.monitor;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Pair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What events and counters cost a program that does not look at them, and a JVM that does not have them. */
class OffTest {
    private static final int OPERATIONS = 10_000;
    private static final int ROUNDS = 10;
    private static final int SIZE = 1 << 10;

    private static ChildJvm jvm(Class<?> program) {
        return ChildJvm.of(program).property("io.niovsock.emulated.namespace",
            "MonitorOff" + ProcessHandle.current().pid());
    }

    private static List<String> loaded(List<String> lines, String name) {
        return lines.stream().filter(line -> line.contains("[class,load] " + name)).collect(Collectors.toList());
    }

    static final class Recorded {
        public static void main(String[] args) throws Exception {
            RecordedEvents.print(() -> Way.BLOCKING.converse(Way.BLOCKING.endpoint()));
        }
    }

    @Test
    void theClassesOfEventsAreLoadedForARecordingOnly() throws Exception {
        String option = "-Xlog:class+load";
        List<String> on = jvm(Recorded.class).option(option).run().succeeded().lines();
        for (String name : List.of("ConnectEvent", "AcceptEvent", "CloseEvent", "SocketHistory"))
            assertFalse(loaded(on, "io.niovsock.internal.monitor." + name).isEmpty(), name);

        List<String> off = jvm(Way.Program.class).option(option).run().succeeded().lines();
        assertEquals(List.of("Counters", "Recorder", "SocketKind"),
            loaded(off, "io.niovsock.internal.monitor.").stream()
                .map(line -> line.replaceFirst(".*monitor\\.([^ ]+) .*", "$1")).sorted().toList());
        assertEquals(List.of(), loaded(off, "jdk.jfr.internal."));
        assertEquals(List.of(), loaded(off, "jdk.jfr.Event "));
        assertEquals(List.of(), loaded(off, "java.lang.management."));
        assertEquals(List.of(), loaded(off, "javax.management."));
    }

    /** Writes and reads, and prints what that allocates at its best: the first rounds run before it is compiled. */
    static final class Allocating {
        public static void main(String[] args) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
            ByteBuffer[] parts = { ByteBuffer.allocate(SIZE / 2), ByteBuffer.allocateDirect(SIZE / 2) };
            try (Pair pair = Pair.of(ChannelKind.VSOCK)) {
                measure("single", () -> {
                    pair.client().write(buffer.clear());
                    pair.peer().read(buffer.clear());
                });
                measure("several", () -> {
                    for (ByteBuffer part : parts)
                        part.clear();
                    pair.client().write(parts);
                    for (ByteBuffer part : parts)
                        part.clear();
                    pair.peer().read(parts);
                });
            }
        }

        private interface Operation {
            void run() throws IOException;
        }

        private static void measure(String name, Operation operation) throws IOException {
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < OPERATIONS; i++)
                    operation.run();
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            System.out.println(name + " " + least / OPERATIONS);
        }
    }

    @Test
    void readsAndWritesAllocateNothing() throws Exception {
        assertEquals(List.of("single 0", "several 0"), jvm(Allocating.class)
            .option("-XX:TieredStopAtLevel=4").option("-Xbatch").run().succeeded().lines());
    }

    /** As in a runtime image without Flight Recorder and without MBeans. */
    @Test
    void aJvmWithoutTheModulesHasVsock() throws Exception {
        assertEquals("done", jvm(Way.Program.class).option("--limit-modules=java.base").run().succeeded().text());
    }

    @Test
    void aJvmWithoutMBeansSaysThatItCannotRegisterThem() throws Exception {
        List<String> lines = jvm(Way.Program.class).option("--limit-modules=java.base")
            .property("io.niovsock.jmx", true).run().succeeded().lines();
        assertTrue(lines.contains("done"), lines::toString);
        assertEquals(1, lines.stream().filter(line -> line.contains("io.niovsock:type=Vsock could not be registered (it"
            + " needs the module java.management)")).count(), lines::toString);
    }

    /** A module without one that requires Flight Recorder does not have it; with it, events are told. */
    @Test
    void aModuleTellsEventsIfFlightRecorderIsThere(@TempDir Path empty) throws Exception {
        List<String> lines = onModulePath(empty, Recorded.class, "io.niovsock,jdk.jfr").run().succeeded().lines();
        for (String name : List.of("Connect ", "Accept ", "Close "))
            assertTrue(lines.stream().anyMatch(line -> line.startsWith(name)), lines::toString);
        assertEquals("done", onModulePath(empty, Way.Program.class, "io.niovsock")
            .option("--limit-modules=io.niovsock").run().succeeded().text());
    }

    private static ChildJvm onModulePath(Path empty, Class<?> program, String modules) {
        ChildJvm jvm = jvm(program).library(empty).option("--module-path")
            .option(ChildJvm.folderOf(VsockSelectorProvider.class).toString()).option("--add-modules=" + modules);
        return Runtime.version().feature() < 24 ? jvm : jvm.option("--enable-native-access=io.niovsock");
    }
}
