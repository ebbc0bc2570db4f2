// SPDX-License-Identifier: Apache-2.0
package io.niovsock.fuzz;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;

/** The values of {@code io.niovsock.rules} and {@code io.niovsock.acceptFrom}, except for the names of files. */
public final class RulesFuzz {
    private static final MethodHandle ADDRESS_RULES = reader("AddressRules");
    private static final MethodHandle ACCEPT_RULES = reader("AcceptRules");

    private RulesFuzz() { }

    private static MethodHandle reader(String type) {
        try {
            Method reader = Class.forName("io.niovsock.internal.address." + type).getDeclaredMethod("ofUser");
            reader.setAccessible(true);
            return MethodHandles.lookup().unreflect(reader);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    public static void fuzzerTestOneInput(byte[] input) throws Throwable {
        String text = new String(input, StandardCharsets.UTF_8);
        if (text.strip().startsWith("@"))
            return;
        Object rules = read(ADDRESS_RULES, "io.niovsock.rules", text);
        if (rules != null)
            apply(rules, input);
        read(ACCEPT_RULES, "io.niovsock.acceptFrom", text);
    }

    /** Returns the rules, or null if they are refused, by an exception that names the property or the rule. */
    private static Object read(MethodHandle reader, String property, String text) throws Throwable {
        System.setProperty(property, text);
        try {
            return reader.invoke();
        } catch (IllegalArgumentException refused) {
            AddressFuzz.require(refused.getMessage() != null, text);
            return null;
        } finally {
            System.clearProperty(property);
        }
    }

    /** No address makes a rule fail. The last bytes of the text are one. */
    private static void apply(Object rules, byte[] input) throws ReflectiveOperationException, UnknownHostException {
        byte[] bytes = new byte[4];
        for (int i = 0; i < Math.min(bytes.length, input.length); i++)
            bytes[i] = input[input.length - 1 - i];
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByAddress(bytes), bytes[0] & 0xff);
        Class<?> use = Class.forName("io.niovsock.internal.address.Use");
        Method apply = rules.getClass().getDeclaredMethod("applyOrNull", InetSocketAddress.class, use);
        apply.setAccessible(true);
        for (Object constant : use.getEnumConstants())
            apply.invoke(rules, address, constant);
    }
}
