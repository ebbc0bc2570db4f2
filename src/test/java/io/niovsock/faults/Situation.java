// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

/** Prepares an operation, attempts it, and checks its effect. Each run is independent of the others. */
interface Situation {
    void run(Attempt attempt) throws Exception;
}
