// SPDX-License-Identifier: Apache-2.0
package vsocktest;

import io.niovsock.VsockSocketAddress;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A JVM with a command line of its own. Its transport is the test's. */
public final class ChildJvm implements AutoCloseable {
    private final Process process;
    private final BufferedReader lines;
    private final StringBuilder output = new StringBuilder();

    private ChildJvm(List<String> command) throws IOException {
        System.out.println("---- " + String.join(" ", command));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        lines = process.inputReader();
    }

    /** The location of this library: the jar under test. */
    public static Path library() {
        try {
            return Path.of(VsockSocketAddress.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** The class path of the test, without the library. */
    public static String testClasses() {
        return System.getProperty("test.class.path");
    }

    /** The class path of the test, and the library. */
    public static String testClassesAndLibrary() {
        return testClasses() + ":" + library();
    }

    /** Starts {@code java} with the options and arguments. */
    public static ChildJvm start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : System.getProperty("test.vm.opts", "").split(" "))
            if (!option.isEmpty())
                command.add(option);
        command.add("-Dio.niovsock.transport=" + (Endpoints.isKernel() ? "kernel" : "emulated"));
        if (Runtime.version().feature() >= 24 && Arrays.asList(arguments).contains("-p"))
            command.add("--enable-native-access=io.niovsock");
        command.addAll(Arrays.asList(arguments));
        return new ChildJvm(command);
    }

    /** Runs {@code java} with the options and arguments until it ends. */
    public static ChildJvm run(String... arguments) throws IOException, InterruptedException {
        ChildJvm jvm = start(arguments);
        jvm.process.getOutputStream().close();
        return jvm.awaitEnd();
    }

    /** Reads up to the line that starts with the text, and returns the rest of that line. */
    public String lineAfter(String start) throws IOException {
        String line;
        do {
            line = readLine();
            if (line == null)
                throw new AssertionError("no line that starts with '" + start + "' in: " + output);
        } while (!line.startsWith(start));
        return line.substring(start.length());
    }

    private String readLine() throws IOException {
        String line = lines.readLine();
        if (line != null) {
            System.out.println("| " + line);
            output.append(line).append('\n');
        }
        return line;
    }

    public ChildJvm awaitEnd() throws IOException, InterruptedException {
        while (readLine() != null)
            continue;
        System.out.println("---- exit " + process.waitFor());
        return this;
    }

    public ChildJvm succeeds() {
        Check.equal(process.exitValue(), 0, "exit value");
        return this;
    }

    public ChildJvm fails() {
        Check.that(process.exitValue() != 0, "the JVM ended with an error");
        return this;
    }

    public ChildJvm prints(String text) {
        Check.contains(output.toString(), text);
        return this;
    }

    /** Ends the process, if it still runs. */
    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        lines.close();
    }
}
