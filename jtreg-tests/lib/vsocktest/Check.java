// SPDX-License-Identifier: Apache-2.0
package vsocktest;

import java.util.Objects;

/** Assertions. */
public final class Check {
    public interface Operation {
        void run() throws Exception;
    }

    private Check() { }

    public static void that(boolean condition, String what) {
        if (!condition)
            throw new AssertionError("not so: " + what);
    }

    public static void equal(Object actual, Object expected, String what) {
        if (!Objects.equals(actual, expected))
            throw new AssertionError(what + ": expected " + expected + ", but got " + actual);
    }

    public static void contains(String text, String part) {
        that(String.valueOf(text).contains(part), "'" + text + "' contains '" + part + "'");
    }

    /** Checks that the operation throws exactly that class, and returns the exception. */
    public static <T extends Throwable> T fails(Class<T> expected, Operation operation) {
        return isExactly(thrownBy(expected, operation), expected);
    }

    /** Checks that the operation throws that class or, as the platform's channels do at times, a subclass. */
    public static void failsSomehow(Class<? extends Throwable> expected, Operation operation) {
        Throwable e = thrownBy(expected, operation);
        if (!expected.isInstance(e))
            throw new AssertionError("expected " + expected.getName() + ", but got " + e, e);
    }

    private static Throwable thrownBy(Class<?> expected, Operation operation) {
        try {
            operation.run();
        } catch (Throwable e) {
            return e;
        }
        throw new AssertionError("expected " + expected.getName() + ", but nothing was thrown");
    }

    /** Checks that this is the class of the exception, not one of its subclasses. */
    public static <T extends Throwable> T isExactly(Throwable e, Class<T> expected) {
        if (e.getClass() != expected)
            throw new AssertionError("expected " + expected.getName() + ", but got " + e, e);
        return expected.cast(e);
    }
}
