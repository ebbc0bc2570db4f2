// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A program of {@code src/test/c}, which uses only the kernel's interface. It is compiled once in each JVM. */
public final class CProgram {
    private static final Map<String, Path> COMPILED = new ConcurrentHashMap<>();

    private CProgram() { }

    /** The compiled program. If there is no compiler, the test is skipped. */
    public static String of(String name) {
        return COMPILED.computeIfAbsent(name, program -> compile(program)).toString();
    }

    /** A library to preload into another program. */
    public static String library(String name) {
        return COMPILED.computeIfAbsent(name, library -> compile(library, "-shared", "-fPIC")).toString();
    }

    /** An agent of a JVM. It needs the headers of the JDK that runs this test. */
    public static String agent(String name) {
        return COMPILED.computeIfAbsent(name, agent -> compile(agent, withHeaders("-shared", "-fPIC"))).toString();
    }

    /** A program that contains files of {@code native/}. It needs the same headers. */
    public static String ofNative(String name) {
        return COMPILED.computeIfAbsent(name, program -> compile(program, withHeaders())).toString();
    }

    private static String[] withHeaders(String... options) {
        Path headers = Path.of(System.getProperty("java.home"), "include");
        if (!Files.exists(headers))
            throw Skip.because("no jni.h: run on a JDK, not a JRE");
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("-I", headers.toString(), "-I", headers.resolve("linux").toString()));
        return all.toArray(String[]::new);
    }

    private static Path compile(String name, String... options) {
        try {
            Path source = Path.of("src/test/c", name + ".c");
            if (!Files.exists(source))
                throw new AssertionError("the tests run in the project's folder: there is no "
                    + source.toAbsolutePath());
            Path folder = Files.createTempDirectory("niovsock-c");
            folder.toFile().deleteOnExit();
            Path program = folder.resolve(name);
            program.toFile().deleteOnExit();
            List<String> command = new ArrayList<>(List.of(System.getenv().getOrDefault("CC", "gcc"),
                "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program.toString(), source.toString()));
            command.addAll(List.of(options));
            ChildJvm.finish(new ProcessBuilder(command).redirectErrorStream(true).start()).succeeded();
            return program;
        } catch (IOException e) {
            throw Skip.because("no C compiler: install gcc and libc6-dev (" + e.getMessage() + ")");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
