// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import org.opentest4j.TestAbortedException;

/** Skips a test that cannot run here, with the reason and the cure. */
public final class Skip {
    private Skip() { }

    /** Skips the test. Never returns; the result type lets a caller write {@code throw}, for the compiler. */
    public static TestAbortedException because(String reasonAndCure) {
        System.err.println("SKIPPED: " + reasonAndCure);
        throw new TestAbortedException(reasonAndCure);
    }
}
