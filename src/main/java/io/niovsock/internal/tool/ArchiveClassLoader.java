// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.tool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Loads classes from an archive in memory. The JDK's loaders read a jar from a file only, and a file in a temporary
 * folder would have to be protected, and deleted in the end.
 */
final class ArchiveClassLoader extends ClassLoader {
    static {
        registerAsParallelCapable();
    }

    private final Map<String, byte[]> entries = new HashMap<>(); // not changed after the constructor

    ArchiveClassLoader(InputStream archive, ClassLoader parent) throws IOException {
        super("nio-vsock tool", parent);
        ZipInputStream zip = new ZipInputStream(archive); // the caller closes the archive
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry())
            entries.put(entry.getName(), zip.readAllBytes());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] code = entries.get(name.replace('.', '/') + ".class");
        if (code == null)
            throw new ClassNotFoundException(name);
        return defineClass(name, code, 0, code.length);
    }

    @Override
    public InputStream getResourceAsStream(String name) {
        byte[] content = entries.get(name);
        return content == null ? super.getResourceAsStream(name) : new ByteArrayInputStream(content);
    }
}
