// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.testkit.Build;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The manners of the tool, whatever the subcommand. */
class CommandLineTest {
    private static final int WRONG_USAGE = 2;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = { "--help", "doctor --help" })
    void theHelpNamesTheExitStatus(String args) throws Exception {
        ToolRun help = ToolRun.of(args.split(" ")).succeeded();

        assertTrue(help.out().get(0).startsWith("Usage: nio-vsock "), help::toString);
        assertTrue(help.out().contains("Exit status:"), help::toString);
        assertTrue(help.out().stream().anyMatch(line -> line.matches(" +2 +wrong usage")), help::toString);
    }

    @Test
    void theVersionIsThatOfTheLibrary() throws Exception {
        assertEquals(List.of("nio-vsock " + new Build(folder).version()),
            ToolRun.of("--version").succeeded().out());
    }

    @Test
    void withoutASubcommandItPrintsWhichThereAre() throws Exception {
        ToolRun run = ToolRun.of();

        assertEquals(WRONG_USAGE, run.status());
        assertEquals(List.of(), run.out());
        assertTrue(run.err().stream().anyMatch(line -> line.startsWith("  doctor ")), run::toString);
    }

    @Test
    void aWrongArgumentIsNamed() throws Exception {
        ToolRun option = ToolRun.of("doctor", "--nonsense");
        assertEquals(WRONG_USAGE, option.status());
        assertEquals(List.of("nio-vsock: Unknown option: '--nonsense'", "Try: nio-vsock doctor --help"), option.err());

        ToolRun subcommand = ToolRun.of("docter");
        assertEquals(WRONG_USAGE, subcommand.status());
        assertTrue(subcommand.err().contains("Did you mean: nio-vsock doctor?"), subcommand::toString);
    }

    @Test
    void aFullDiskIsAnError() throws Exception {
        ToolRun run = ToolRun.of(ToolRun.jvm("doctor").under("bash", "-c", "exec \"$@\" >/dev/full", "-"));

        assertEquals("nio-vsock: cannot write to the standard output: No space left on device", run.failure(1));
    }

    @Test
    void aReaderThatLeavesEndsItQuietly() throws Exception {
        ToolRun run = ToolRun.of(ToolRun.jvm("--help")
            .under("bash", "-c", "exec 3> >(exec 0<&-); wait $!; exec \"$@\" >&3", "-"));

        assertEquals(128 + 13, run.status(), run::toString);
        assertEquals(List.of(), run.err());
    }

}
