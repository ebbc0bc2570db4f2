// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Short commands of the system. */
final class Commands {
    /** What a command has printed, its errors among it. */
    record Result(int status, String text) { }

    private Commands() { }

    /** Runs a command that must succeed, and returns what it prints. */
    static String run(String... command) throws IOException, InterruptedException {
        Result result = attempt(command);
        if (result.status() != 0)
            throw new IOException(String.join(" ", command) + " ended with status " + result.status() + ": "
                + result.text());
        return result.text();
    }

    static Result attempt(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try (var output = process.getInputStream()) {
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8).strip();
            return new Result(process.waitFor(), text);
        }
    }
}
