// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.testkit.Machine;

import java.util.concurrent.ThreadLocalRandom;

/** Moves bytes both ways at once, in every way in turn, and compares the digests. */
final class Transfers implements Part {
    private static final int MEBIBYTE = 1 << 20;
    private static final int MOST = Machine.isTestvm() ? 4 : 32; // MiB each way

    private int turn;

    @Override
    public String name() {
        return "transfers";
    }

    @Override
    public int weight() {
        return 20;
    }

    @Override
    public void run(Deadline end, Ledger ledger) throws Exception {
        int first = turn;
        do {
            Way way = Way.values()[turn++ % Way.values().length];
            ThreadLocalRandom chance = ThreadLocalRandom.current();
            long bytes = chance.nextLong(1, MOST * (long) MEBIBYTE);
            for (Conversation conversation : way.exchange(bytes, chance.nextBoolean())) {
                ledger.check("digests are equal, " + way, conversation.incoming().isRight(), bytes + " bytes");
                ledger.count("bytes, " + way, bytes(way, bytes));
            }
        } while (!end.isOver() || turn - first < Way.values().length);
    }

    /** A selector's connections share the bytes. */
    private static long bytes(Way way, long bytes) {
        return way == Way.SELECTED ? bytes / 3 : bytes;
    }
}
