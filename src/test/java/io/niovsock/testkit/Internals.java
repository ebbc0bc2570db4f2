// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import io.niovsock.internal.natives.Natives;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.channels.spi.AbstractSelectableChannel;

/** Internals of the library, by the deep reflection that the class path allows to every class. */
public final class Internals {
    private Internals() { }

    /** The step after a channel's number was re-pointed at another socket. */
    public static void reregister(AbstractSelectableChannel channel) {
        Natives.initialize();
        call(instanceOf(Natives.class), Natives.class, "reregister", AbstractSelectableChannel.class, channel);
    }

    /** The step before a system call that uses the memory of a direct buffer of a shared arena. */
    public static void holdSession(ByteBuffer direct) {
        Natives.initialize();
        call(instanceOf(Natives.class), Natives.class, "holdSession", ByteBuffer.class, direct);
    }

    private static Object instanceOf(Class<?> type) {
        try {
            var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static void call(Object target, Class<?> type, String name, Class<?> parameter, Object argument) {
        try {
            Method method = type.getDeclaredMethod(name, parameter);
            method.setAccessible(true);
            method.invoke(target, argument);
        } catch (InvocationTargetException e) {
            throw new AssertionError(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
