// SPDX-License-Identifier: Apache-2.0
package jtreg;

/** The exception that jtreg knows by this name: the test could not run here. The message says what is missing. */
public class SkippedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SkippedException(String why) {
        super(why);
    }
}
