// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import java.io.IOException;
import java.util.Map;

/** How an operation may end after a fault in it, if it ends with an exception. */
final class Verdict {
    /** What programs look for instead of the system's text. A full backlog refuses with EAGAIN, a guest with EPIPE. */
    private static final Map<LibraryCall.Failure, String> WORDS = Map.of(
        LibraryCall.Failure.ECONNRESET, "Connection re",
        LibraryCall.Failure.ECONNREFUSED, "Connection refused",
        LibraryCall.Failure.EAGAIN, "Connection refused",
        LibraryCall.Failure.EPIPE, "Connection refused");

    private Verdict() { }

    /** What is wrong with the failure; empty: nothing. */
    static String of(Fault fault, Exception failure) {
        if (!(failure instanceof IOException))
            return "no IOException: " + Sweep.describe(failure);
        return names(fault, failure) ? "" : "the text does not name the error: " + Sweep.describe(failure);
    }

    private static boolean names(Fault fault, Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return message.contains(fault.text()) || message.contains(WORDS.getOrDefault(fault.error(), fault.text()))
            || failure.getCause() != null && names(fault, failure.getCause());
    }
}
