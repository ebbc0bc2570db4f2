// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;

/**
 * The platform's providers, without the native library. Only the native library makes {@code sun.nio.ch} visible to
 * this library. The JVM's provider is this library's, and no method of the API returns the platform's. So this class
 * reads the provider of selectors from the static field in which the JDK keeps it, with {@code sun.misc.Unsafe}; JDK 24
 * and later warn of that. The JDK keeps no provider of asynchronous channels, so this class creates one. That provider
 * has no fields.
 */
final class UnexportedProvider {
    private static final String KEPT_IN = "sun.nio.ch.DefaultSelectorProvider";

    private UnexportedProvider() { }

    /** @throws ReflectiveOperationException if this JDK has no such field, or no {@code sun.misc.Unsafe} */
    static SelectorProvider get() throws ReflectiveOperationException {
        for (Field field : Class.forName(KEPT_IN, true, null).getDeclaredFields())
            if (Modifier.isStatic(field.getModifiers()) && SelectorProvider.class.isAssignableFrom(field.getType()))
                return (SelectorProvider) valueOf(field);
        throw new NoSuchFieldException(KEPT_IN + " has no field of a provider");
    }

    /** @throws ReflectiveOperationException if this JDK has no such class, or no {@code sun.misc.Unsafe} */
    static AsynchronousChannelProvider ofAsynchronousChannels() throws ReflectiveOperationException {
        Object unsafe = unsafe();
        Method allocate = unsafe.getClass().getMethod("allocateInstance", Class.class);
        return (AsynchronousChannelProvider) allocate.invoke(unsafe,
            Class.forName(nameOfAsynchronousProvider(), true, null));
    }

    static String nameOfAsynchronousProvider() {
        String system = System.getProperty("os.name");
        return "sun.nio.ch." + (system.startsWith("Windows") ? "Windows"
            : system.startsWith("Mac") ? "Bsd"
            : system.startsWith("AIX") ? "Aix" : "Linux") + "AsynchronousChannelProvider";
    }

    private static Object unsafe() throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Unsafe", true, ClassLoader.getSystemClassLoader());
        Field instance = type.getDeclaredField("theUnsafe");
        instance.setAccessible(true);
        return instance.get(null);
    }

    private static Object valueOf(Field field) throws ReflectiveOperationException {
        Object unsafe = unsafe();
        Class<?> type = unsafe.getClass();
        Method base = type.getMethod("staticFieldBase", Field.class);
        Method offset = type.getMethod("staticFieldOffset", Field.class);
        Method get = type.getMethod("getObject", Object.class, long.class);
        return get.invoke(unsafe, base.invoke(unsafe, field), offset.invoke(unsafe, field));
    }
}
