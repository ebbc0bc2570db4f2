// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A process that runs the tool. Closing this ends the process. */
final class RunningTool implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final Process process;
    private final Path errors;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream(); // synchronized by itself
    private final Background<Void> reader;

    private RunningTool(ChildJvm jvm) throws IOException {
        errors = Files.createTempFile("tool", ".err");
        process = jvm.errorsTo(errors).start();
        reader = Background.start(() -> read(process.getInputStream()));
    }

    static RunningTool start(String... args) throws IOException {
        return new RunningTool(ToolRun.jvm(args));
    }

    static RunningTool start(ChildJvm jvm) throws IOException {
        return new RunningTool(jvm);
    }

    private Void read(InputStream stream) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int n; (n = stream.read(buffer)) >= 0;)
            output.write(buffer, 0, n);
        return null;
    }

    /** The standard input of the tool. */
    OutputStream input() {
        return process.getOutputStream();
    }

    long pid() {
        return process.pid();
    }

    /** Waits for a line of the standard error, and returns what the expression has found. */
    Matcher awaitError(String expression) {
        return awaitText(expression, () -> Files.readString(errors));
    }

    /** Waits for a line of the standard output. */
    Matcher awaitOutput(String expression) {
        return awaitText(expression, () -> output.toString(StandardCharsets.UTF_8));
    }

    private interface Text {
        String get() throws IOException;
    }

    private Matcher awaitText(String expression, Text text) {
        Pattern pattern = Pattern.compile(expression);
        Await.until(() -> "no '" + expression + "': " + this, () -> pattern.matcher(text.get()).find()
            || !process.isAlive());
        try {
            Matcher matcher = pattern.matcher(text.get());
            if (!matcher.find())
                throw new AssertionError("no '" + expression + "': " + this);
            return matcher;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Sends a signal, such as {@code TERM}. */
    void signal(String name) throws IOException, InterruptedException {
        ChildJvm.finish(new ProcessBuilder("kill", "-" + name, Long.toString(pid())).redirectErrorStream(true).start())
            .succeeded();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for the end. */
    ToolRun finish() throws IOException, InterruptedException {
        byte[] bytes = bytes();
        return new ToolRun(process.exitValue(), new String(bytes, StandardCharsets.UTF_8).lines().toList(),
            Files.readAllLines(errors));
    }

    /** Waits for the end, and returns the standard output. */
    byte[] bytes() throws InterruptedException {
        if (!process.waitFor(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
            throw new AssertionError("it did not end: " + this);
        reader.result();
        return output.toByteArray();
    }

    @Override
    public String toString() {
        try {
            List<String> lines = Files.readAllLines(errors);
            return (process.isAlive() ? "running" : "ended with " + process.exitValue()) + ", errors " + lines;
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() throws Exception {
        process.destroyForcibly().waitFor();
        reader.close();
        Files.delete(errors);
    }
}
