package io.niovsock.internal.jdk;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.channels.spi.SelectorProvider;

/**
 * The platform's provider where {@code sun.nio.ch} is not visible to this library, since only its native library can make it
 * so. The JVM asked the service loader, has this library's provider now, and no method of the API gives the other one. So
 * it is read from the static field in which the JDK keeps it, by {@code sun.misc.Unsafe}, which JDK 24 and later warn of.
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

    private static Object valueOf(Field field) throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Unsafe", true, ClassLoader.getSystemClassLoader());
        Field instance = type.getDeclaredField("theUnsafe");
        instance.setAccessible(true);
        Object unsafe = instance.get(null);
        Method base = type.getMethod("staticFieldBase", Field.class);
        Method offset = type.getMethod("staticFieldOffset", Field.class);
        Method get = type.getMethod("getObject", Object.class, long.class);
        return get.invoke(unsafe, base.invoke(unsafe, field), offset.invoke(unsafe, field));
    }
}
