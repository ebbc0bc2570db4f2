// SPDX-License-Identifier: Apache-2.0
package io.niovsock.library;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.internal.jdk.DirectMemory;
import io.niovsock.internal.jdk.GroupPort;
import io.niovsock.internal.jdk.SocketImpls;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.Transport;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** On the class path every class may name the internal ones. These do their work for the library's classes only. */
class InternalsTest {
    private static final int EVERYBODYS = Modifier.NATIVE | Modifier.PUBLIC | Modifier.STATIC;

    @TempDir
    private Path folder;

    private static List<Class<?>> classes() throws Exception {
        Path origin = ChildJvm.folderOf(VsockSelectorProvider.class);
        if (Files.isDirectory(origin))
            return classesIn(origin);
        try (FileSystem jar = FileSystems.newFileSystem(origin)) {
            return classesIn(jar.getPath("/"));
        }
    }

    private static List<Class<?>> classesIn(Path root) throws Exception {
        List<Class<?>> classes = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(InternalsTest::isClass).toList()) {
                String name = root.relativize(file).toString().replaceFirst("\\.class$", "").replace('/', '.');
                classes.add(Class.forName(name, false, InternalsTest.class.getClassLoader()));
            }
        }
        assertFalse(classes.isEmpty());
        return classes;
    }

    private static boolean isClass(Path file) {
        return file.toString().endsWith(".class") && !file.endsWith("module-info.class");
    }

    /** No method may return a lookup, with any name and any modifiers: deep reflection reaches private methods, too. */
    @Test
    void nothingGivesALookup() throws Exception {
        for (Class<?> type : classes())
            for (Method method : type.getDeclaredMethods())
                assertFalse(MethodHandles.Lookup.class.isAssignableFrom(method.getReturnType()), method::toString);
        for (Class<?> type : classes())
            for (var field : type.getDeclaredFields())
                assertFalse(MethodHandles.Lookup.class.isAssignableFrom(field.getType()), field::toString);
    }

    @Test
    void noNativeMethodIsForEverybody() throws Exception {
        List<String> open = new ArrayList<>();
        for (Class<?> type : classes())
            for (Method method : type.getDeclaredMethods())
                if ((method.getModifiers() & EVERYBODYS) == EVERYBODYS)
                    open.add(method.toString());
        assertEquals(List.of(), open);
    }

    @Test
    void whoIsNotOfTheLibraryIsRefused() {
        assertThrows(IllegalCallerException.class, () -> Natives.of(MethodHandles.lookup()));
        assertThrows(IllegalCallerException.class, () -> DirectMemory.of(MethodHandles.lookup()));
        assertThrows(IllegalCallerException.class, () -> SocketImpls.of(MethodHandles.lookup()));
        assertThrows(IllegalCallerException.class,
            () -> GroupPort.ofOrNull(MethodHandles.lookup(), (AsynchronousChannelGroup) null));
        assertThrows(IllegalCallerException.class, () -> Transport.current(MethodHandles.lookup()));
    }

    /** On the class path every class may make such a lookup. */
    @Test
    void soIsWhoSpeaksInTheNameOfOneThatIs() throws IllegalAccessException {
        MethodHandles.Lookup borrowed = MethodHandles.privateLookupIn(VsockSelectorProvider.class,
            MethodHandles.lookup());
        assertEquals(VsockSelectorProvider.class, borrowed.lookupClass());
        assertThrows(IllegalCallerException.class, () -> Natives.of(borrowed));
        MethodHandles.Lookup moved = MethodHandles.lookup().in(VsockSelectorProvider.class);
        assertThrows(IllegalCallerException.class, () -> Natives.of(moved));
        MethodHandles.Lookup harmless = MethodHandles.publicLookup().in(VsockSelectorProvider.class);
        assertThrows(IllegalCallerException.class, () -> Natives.of(harmless));
    }

    /**
     * A class with a package name of the library is refused, too. A jar that is not sealed does not prevent such a
     * class.
     */
    @Test
    void soIsAClassInAPackageOfTheLibrary() throws Exception {
        Path source = Files.writeString(folder.resolve("Intruder.java"),
            "package io.niovsock.internal.transport; public class Intruder {"
            + " public static void main(String[] a) {"
            + " try { io.niovsock.internal.natives.Natives.of(java.lang.invoke.MethodHandles.lookup());"
            + " System.out.println(\"let in\"); } catch (IllegalCallerException e) { System.out.println(e); } } }");
        compile(source);
        ChildJvm.Result result = ChildJvm.of("io.niovsock.internal.transport.Intruder", folder).run().succeeded();
        String refusal =
            "java.lang.IllegalCallerException: io.niovsock.internal.transport.Intruder is not a class of nio-vsock";
        assertEquals(List.of(refusal), result.lines());
    }

    private void compile(Path source) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertEquals(0, compiler.run(null, null, null, "-d", folder.toString(), "-cp",
            ChildJvm.folderOf(VsockSelectorProvider.class).toString(), source.toString()));
    }
}
