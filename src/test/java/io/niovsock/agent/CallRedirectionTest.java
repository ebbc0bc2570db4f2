// SPDX-License-Identifier: Apache-2.0
package io.niovsock.agent;

import io.niovsock.internal.agent.CallRedirection;
import io.niovsock.internal.agent.CallRedirection.Callee;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A class whose calls go to other methods. */
class CallRedirectionTest {
    /** Has constants of every size, and calls that must stay as they are. */
    public static final class Caller implements Supplier<String> {
        private static final long WIDE = 0x1234_5678_9ABCL;
        private static final double REAL = 2.5;

        @Override
        public String get() {
            Supplier<String> lambda = () -> "lambda " + Here.word(1);
            return Here.word(2) + ' ' + Here.word("text") + ' ' + Elsewhere.word(3) + ' ' + lambda.get() + ' '
                + (WIDE + System.nanoTime() * 0) + ' ' + REAL * 2;
        }
    }

    public static final class Here {
        public static String word(int n) {
            return "here" + n;
        }

        public static String word(String text) {
            return "here " + text;
        }
    }

    public static final class Elsewhere {
        public static String word(int n) {
            return "elsewhere" + n;
        }

        public static String anotherWord(int n) {
            return "another" + n;
        }
    }

    private static final String ORIGINAL = "here2 here text elsewhere3 lambda here1 20015998343868 5.0";

    private static String nameOf(Class<?> type) {
        return type.getName().replace('.', '/');
    }

    private static Callee word(Class<?> owner) {
        return new Callee(nameOf(owner), "word", "(I)Ljava/lang/String;");
    }

    private static byte[] classFile() throws IOException {
        try (InputStream in = Caller.class.getResourceAsStream("CallRedirectionTest$Caller.class")) {
            return in.readAllBytes();
        }
    }

    /** What the changed class says. */
    private static String run(CallRedirection redirection) throws Exception {
        byte[] code = redirection.toBytes();
        ClassLoader loader = new ClassLoader(CallRedirectionTest.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                return name.equals(Caller.class.getName()) ? defineClass(name, code, 0, code.length)
                    : super.loadClass(name, resolve);
            }
        };
        try {
            Object caller = loader.loadClass(Caller.class.getName()).getConstructor().newInstance();
            return (String) ((Supplier<?>) caller).get();
        } catch (InvocationTargetException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void withoutARedirectionNothingChanges() throws Exception {
        assertArrayEquals(classFile(), new CallRedirection(classFile()).toBytes());
        assertEquals(ORIGINAL, new Caller().get());
    }

    @Test
    void everyCallOfTheMethodGoesToTheOtherOne() throws Exception {
        CallRedirection redirection = new CallRedirection(classFile());
        assertTrue(redirection.redirect(word(Here.class), nameOf(Elsewhere.class), "anotherWord"));
        assertEquals("another2 here text elsewhere3 lambda another1 20015998343868 5.0", run(redirection));
    }

    @Test
    void aClassCanHaveSeveralRedirections() throws Exception {
        CallRedirection redirection = new CallRedirection(classFile());
        assertTrue(redirection.redirect(word(Here.class), nameOf(Elsewhere.class), "word"));
        assertTrue(redirection.redirect(word(Elsewhere.class), nameOf(Elsewhere.class), "anotherWord"));
        assertEquals("elsewhere2 here text another3 lambda elsewhere1 20015998343868 5.0", run(redirection));
    }

    @Test
    void whatIsNotCalledIsNotRedirected() throws Exception {
        CallRedirection redirection = new CallRedirection(classFile());
        assertFalse(redirection.redirect(new Callee(nameOf(Here.class), "word", "(J)Ljava/lang/String;"), "X", "x"));
        assertFalse(redirection.redirect(new Callee(nameOf(Here.class), "wort", "(I)Ljava/lang/String;"), "X", "x"));
        assertFalse(redirection.redirect(new Callee("Here", "word", "(I)Ljava/lang/String;"), "X", "x"));
        assertArrayEquals(classFile(), redirection.toBytes());
    }

    @Test
    void aClassNameIsReplaced() throws Exception {
        CallRedirection redirection = new CallRedirection(classFile());
        redirection.rename(nameOf(Elsewhere.class), nameOf(Here.class));
        assertEquals("here2 here text here3 lambda here1 20015998343868 5.0", run(redirection));
    }

    @Test
    void whatIsNoClassFileIsRefused() {
        for (byte[] wrong : new byte[][] { {}, "not a class file".getBytes(StandardCharsets.US_ASCII) })
            assertEquals("not a class file",
                assertThrows(IllegalArgumentException.class, () -> new CallRedirection(wrong)).getMessage());
        byte[] unknown = { (byte) 0xCA, (byte) 0xFE, (byte) 0xBA, (byte) 0xBE, 0, 0, 0, 61, 0, 2, 99, 0, 0 };
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new CallRedirection(unknown)).getMessage()
            .contains("tag 99"));
    }
}
