package io.niovsock.testkit;

import org.opentest4j.TestAbortedException;

/** A test that cannot run here says so, and what would let it run. */
public final class Skip {
    private Skip() { }

    /** Ends the test as not run. Never returns; the result lets a caller {@code throw} it, for the compiler's sake. */
    public static TestAbortedException because(String reasonAndCure) {
        System.err.println("SKIPPED: " + reasonAndCure);
        throw new TestAbortedException(reasonAndCure);
    }
}
