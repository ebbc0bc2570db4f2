// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.natives;

import java.lang.invoke.MethodHandles;
import java.security.CodeSource;

/**
 * Distinguishes this library's classes from all others. On the module path, other classes cannot name an internal
 * class. On the class path they can. So raw memory and descriptors are reached only through objects that the library
 * gives to its own classes.
 *
 * <p> Deep reflection gets past this, as it does past everything on the class path.
 */
public final class LibraryClasses {
    private static final String PACKAGE = "io.niovsock";

    private LibraryClasses() { }

    /**
     * Makes sure that the caller is a class of this library.
     *
     * @param caller the lookup that the calling class has created for itself
     * @throws IllegalCallerException if it is not
     */
    public static void require(MethodHandles.Lookup caller) {
        Class<?> type = caller.lookupClass();
        boolean own = (caller.lookupModes() & MethodHandles.Lookup.ORIGINAL) != 0
            && type.getClassLoader() == LibraryClasses.class.getClassLoader()
            && (type.getPackageName() + '.').startsWith(PACKAGE + '.')
            && origin(type).equals(origin(LibraryClasses.class));
        if (!own)
            throw new IllegalCallerException(type.getName() + " is not a class of nio-vsock");
    }

    /** The jar or folder that a class comes from, or "" if its class loader does not report it. */
    private static String origin(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        return source == null || source.getLocation() == null ? "" : source.getLocation().toExternalForm();
    }
}
