// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

/** A part of the campaign. It leaves no descriptor open and no thread behind. */
interface Part {
    /** What the part does, in a word or two. */
    String name();

    /** The share of a lap that this part gets, relative to the other parts. */
    int weight();

    /** Whether the part uses up all descriptors; meanwhile nothing else may take one, or give one back. */
    default boolean takesAllDescriptors() {
        return false;
    }

    /**
     * Works until the time is over, and at least once.
     *
     * @throws Exception if something went wrong that is no count of the ledger: the campaign then fails
     */
    void run(Deadline end, Ledger ledger) throws Exception;
}
