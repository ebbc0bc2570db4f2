// SPDX-License-Identifier: Apache-2.0
package io.niovsock.fuzz;

import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The inputs of {@code fuzz/seeds}, without a fuzzer. */
class SeedsTest {
    private interface FuzzTarget {
        void run(byte[] input) throws Throwable;
    }

    enum Target {
        ADDRESS(AddressFuzz::fuzzerTestOneInput),
        PEERS(PeersFuzz::fuzzerTestOneInput),
        RULES(RulesFuzz::fuzzerTestOneInput),
        SERIAL(SerialFuzz::fuzzerTestOneInput),
        ELF(ElfFuzz::fuzzerTestOneInput);

        private final FuzzTarget target;

        Target(FuzzTarget target) {
            this.target = target;
        }
    }

    private static List<Path> seedsOf(String target) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("fuzz/seeds", target))) {
            List<Path> seeds = files.sorted().toList();
            if (seeds.isEmpty())
                throw new AssertionError("no seeds of " + target);
            return seeds;
        }
    }

    @ParameterizedTest
    @EnumSource
    void areHandled(Target target) throws Throwable {
        for (Path seed : seedsOf(target.name().toLowerCase(Locale.ROOT))) {
            try {
                target.target.run(Files.readAllBytes(seed));
            } catch (Throwable e) {
                throw new AssertionError(seed.toString(), e);
            }
        }
    }

    /** In a JVM of its own, which keeps the guest attached. */
    @Test
    void areAnswersOfAMonitor() throws Exception {
        ChildJvm.of(Handshakes.class).run().succeeded();
    }

    static final class Handshakes {
        public static void main(String[] args) throws IOException {
            for (Path seed : seedsOf("handshake"))
                HandshakeFuzz.fuzzerTestOneInput(Files.readAllBytes(seed));
        }
    }

    @Test
    void areDecodedByNativeCode() throws Exception {
        List<Path> seeds = seedsOf("decoding");
        List<String> command = new ArrayList<>(List.of(CProgram.ofNative("fuzz_decoding")));
        seeds.forEach(seed -> command.add(seed.toString()));
        ChildJvm.Result result = ChildJvm.finish(new ProcessBuilder(command).redirectErrorStream(true).start());
        assertEquals(seeds.size() + " files", result.succeeded().text());
    }
}
