package io.niovsock.internal.natives;

import java.lang.invoke.MethodHandles;
import java.security.CodeSource;

/**
 * Tells this library's classes from all others. On the module path the others cannot name an internal class. On the
 * class path they can, so what is powerful there, as raw memory and descriptors are, is reached through objects that
 * only the library's own classes are given.
 *
 * <p> Deep reflection gets past this, as past everything on the class path.
 */
public final class LibraryClasses {
    private static final String PACKAGE = "io.niovsock";

    private LibraryClasses() { }

    /**
     * @param caller the lookup that the calling class has made itself, of itself
     * @throws IllegalCallerException if that is no class of this library
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

    /** The jar or folder that a class comes from; "": its class loader does not say. */
    private static String origin(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        return source == null || source.getLocation() == null ? "" : source.getLocation().toExternalForm();
    }
}
