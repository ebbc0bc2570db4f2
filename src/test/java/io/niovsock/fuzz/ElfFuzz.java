// SPDX-License-Identifier: Apache-2.0
package io.niovsock.fuzz;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;

/** The headers of a file that is to be loaded as the native library. It fits, or is refused with a reason. */
public final class ElfFuzz {
    private static final Path FILE = newFile();
    private static final Method REQUIRE_FITS = requireFits();

    private ElfFuzz() { }

    private static Path newFile() {
        try {
            Path file = Files.createTempFile("niovsock-fuzz", ".so");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Method requireFits() {
        try {
            Method method = Class.forName("io.niovsock.internal.natives.ElfFile")
                .getDeclaredMethod("requireFits", String.class, File.class, String.class);
            method.setAccessible(true);
            return method;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    public static void fuzzerTestOneInput(byte[] input) throws Throwable {
        Files.write(FILE, input);
        try {
            REQUIRE_FITS.invoke(null, "the file", FILE.toFile(), "no cure");
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof UnsatisfiedLinkError))
                throw e.getCause();
        }
    }
}
