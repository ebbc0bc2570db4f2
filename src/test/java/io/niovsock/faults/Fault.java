// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.internal.natives.Errno;

/**
 * A call that fails: the nth one of a function in the course of an operation.
 *
 * @param lasting whether all later calls of the function fail as well
 */
record Fault(LibraryCall call, int nth, LibraryCall.Failure error, boolean lasting) {
    /** The system's text for the error. */
    String text() {
        return Errno.text(error.number);
    }

    @Override
    public String toString() {
        return call.functionName() + "#" + nth + (lasting ? " and later" : "") + " fails with " + error;
    }
}
