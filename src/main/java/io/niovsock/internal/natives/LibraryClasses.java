// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.natives;

import java.lang.invoke.MethodHandles;
import java.security.AccessController;
import java.security.CodeSource;
import java.security.PrivilegedAction;
import java.security.ProtectionDomain;

/**
 * Distinguishes this library's classes from all others. On the module path, other classes cannot name an internal
 * class. On the class path they can. So raw memory and descriptors are reached only through objects that the library
 * gives to its own classes.
 *
 * <p> Deep reflection gets past this, as it does past everything on the class path.
 */
public final class LibraryClasses {
    private static final String PACKAGE = "io.niovsock";
    private static final String SUBPACKAGES = PACKAGE + '.';

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
            && isOfLibrary(type.getPackageName())
            && isOfSameOrigin(domainOf(type), domainOf(LibraryClasses.class));
        if (!own)
            throw new IllegalCallerException(type.getName() + " is not a class of nio-vsock");
    }

    /** A security manager, before JDK 24, would ask whichever thread is the first to use a class of this library. */
    @SuppressWarnings("removal") // where security managers are removed, this has no effect
    private static ProtectionDomain domainOf(Class<?> type) {
        return System.getSecurityManager() == null ? type.getProtectionDomain()
            : AccessController.doPrivileged((PrivilegedAction<ProtectionDomain>) type::getProtectionDomain);
    }

    private static boolean isOfLibrary(String packageName) {
        return packageName.equals(PACKAGE) || packageName.startsWith(SUBPACKAGES);
    }

    /** Classes of one jar usually share their domain. Every channel asks, and texts would be made for each. */
    private static boolean isOfSameOrigin(ProtectionDomain domain, ProtectionDomain other) {
        return domain == other || origin(domain).equals(origin(other));
    }

    /** The jar or folder that the classes of a domain come from, or "" if its class loader does not report it. */
    private static String origin(ProtectionDomain domain) {
        CodeSource source = domain.getCodeSource();
        return source == null || source.getLocation() == null ? "" : source.getLocation().toExternalForm();
    }
}
