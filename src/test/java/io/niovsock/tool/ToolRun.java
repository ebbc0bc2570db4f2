// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.internal.tool.Launcher;
import io.niovsock.testkit.ChildJvm;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A finished run of the tool.
 *
 * @param status the exit status
 * @param out what it printed to the standard output
 * @param err what it printed to the standard error
 */
record ToolRun(int status, List<String> out, List<String> err) {

    /** The tool on this build's class path, with the transport of the tests. */
    static ChildJvm jvm(String... args) {
        return ChildJvm.of(Launcher.class).arguments((Object[]) args);
    }

    static ToolRun of(String... args) throws Exception {
        return of(jvm(args));
    }

    static ToolRun of(ChildJvm jvm) throws Exception {
        Path errors = Files.createTempFile("tool", ".err");
        try {
            ChildJvm.Result result = jvm.errorsTo(errors).run();
            return new ToolRun(result.status(), result.lines(), Files.readAllLines(errors));
        } finally {
            Files.delete(errors);
        }
    }

    /** Checks the exit status, and that the tool has printed no error. */
    ToolRun succeeded() {
        assertEquals(0, status, this::toString);
        assertEquals(List.of(), err);
        return this;
    }

    /** Checks that the tool has failed with one line to the standard error, and no stack. */
    String failure(int expectedStatus) {
        assertEquals(expectedStatus, status, this::toString);
        assertEquals(1, err.size(), this::toString);
        return err.get(0);
    }
}
