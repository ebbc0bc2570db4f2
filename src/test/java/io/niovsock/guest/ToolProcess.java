// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import io.niovsock.internal.tool.Launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import static io.niovsock.guest.Endings.require;

/** The tool of the jar in a JVM of its own, with the transport and the attached guests of this one. */
final class ToolProcess {
    private static final List<String> PROPERTIES = List.of("io.niovsock.transport", "io.niovsock.emulated.namespace",
        "io.niovsock.hybrid");

    private final Process process;

    private ToolProcess(Process process) {
        this.process = process;
    }

    static ToolProcess start(String... args) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(List.of(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED"));
        for (String name : PROPERTIES)
            if (System.getProperty(name) != null)
                command.add("-D" + name + "=" + System.getProperty(name));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Launcher.class.getName()));
        command.addAll(List.of(args));
        return new ToolProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** What {@code doctor} says; the exit status must be this. */
    static String doctor(int status, long cid, long port) throws Exception {
        return start("doctor", "--timeout", "10", cid + ":" + port).output(status);
    }

    /** The lines of {@code doctor} that match, of which there must be as many as expressions. */
    static String lines(String doctor, String... expressions) {
        List<String> found = doctor.lines().map(String::strip)
            .filter(line -> List.of(expressions).stream().anyMatch(line::matches)).toList();
        require(found.size() == expressions.length, "expected " + List.of(expressions) + ", but it says:\n" + doctor);
        return String.join(" | ", found).replaceAll(" +", " ");
    }

    /** Has {@code cat} send a command and bytes to a peer that takes them, which then answers with its tally. */
    static String catTo(Peer peer, String command, int bytes, String... options) throws Exception {
        long start = System.nanoTime();
        List<String> args = new ArrayList<>(List.of("cat"));
        args.addAll(List.of(options));
        args.add(peer.cid() + ":" + peer.port());
        ToolProcess cat = start(args.toArray(String[]::new));
        ByteBuffer data = ByteBuffer.allocate(bytes);
        new SplittableRandom(bytes).nextBytes(data.array());
        Tally tally = new Tally();
        for (int at = 0; at < bytes; at += Peer.CHUNK)
            tally.add(data.slice(at, Math.min(Peer.CHUNK, bytes - at)));
        try (OutputStream input = cat.process.getOutputStream()) {
            input.write((command + "\n").getBytes(StandardCharsets.US_ASCII));
            input.write(data.array());
        }
        String answer = cat.output(0).strip();
        require(answer.equals(tally.toString()), "the peer counts " + answer + ", expected " + tally);
        return bytes + " bytes, digests agree, " + Report.seconds(start);
    }

    /** Reads a line, byte by byte. */
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        InputStream output = process.getInputStream();
        for (int b = output.read(); b >= 0 && b != '\n'; b = output.read())
            line.append((char) b);
        return line.toString();
    }

    /** Waits for its end with that exit status. */
    byte[] bytes(int status) throws Exception {
        process.getOutputStream().close();
        byte[] output = process.getInputStream().readAllBytes();
        int ended = process.waitFor();
        require(ended == status, "exit status " + ended + ": " + new String(output, StandardCharsets.UTF_8));
        return output;
    }

    private String output(int status) throws Exception {
        return new String(bytes(status), StandardCharsets.UTF_8);
    }
}
