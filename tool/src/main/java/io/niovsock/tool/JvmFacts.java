// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/** What this JVM is, and how it was started. */
final class JvmFacts {
    private static final Set<Integer> TESTED = Set.of(17, 21, 25, 27, 28);
    private static final int FIRST_WITH_NATIVE_ACCESS = 22; // Module.isNativeAccessEnabled
    private static final String FLAG = "--enable-native-access=ALL-UNNAMED, or io.niovsock on the module path";
    private static final String PREFIX = "io.niovsock.";

    private JvmFacts() { }

    static List<Fact> all() throws IOException {
        return List.of(library(), jdk(), nativeAccess(), properties(System.getProperties()));
    }

    private static Fact library() throws IOException {
        return Fact.ok("nio-vsock", Version.ofLibrary());
    }

    private static Fact jdk() {
        String answer = Runtime.version() + " (" + System.getProperty("java.vendor") + ")";
        return TESTED.contains(Runtime.version().feature()) ? Fact.ok("JDK", answer)
            : Fact.note("JDK", answer, "nio-vsock is tested on JDK " + new TreeSet<>(TESTED));
    }

    /** JDK 24 and later warn of native access without the flag, and may be configured to deny it. */
    private static Fact nativeAccess() {
        String name = "native access";
        if (Runtime.version().feature() < FIRST_WITH_NATIVE_ACCESS)
            return Fact.ok(name, "needs no flag on this JDK");
        return isNativeAccessEnabled()
            ? Fact.ok(name, "allowed in this JVM (`java -jar` of this jar allows it; a program needs " + FLAG + ")")
            : Fact.note(name, "not allowed by a flag: JDK 24 and later warn, or deny it if they are configured to",
                FLAG);
    }

    private static boolean isNativeAccessEnabled() {
        try {
            return (Boolean) Module.class.getMethod("isNativeAccessEnabled")
                .invoke(VsockSocketAddress.class.getModule());
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    private static Fact properties(Properties all) {
        Set<String> set = new TreeSet<>();
        for (String name : all.stringPropertyNames())
            if (name.startsWith(PREFIX))
                set.add("-D" + name + '=' + all.getProperty(name));
        return Fact.ok("system properties", set.isEmpty() ? "none of nio-vsock's is set" : String.join(" ", set));
    }
}
