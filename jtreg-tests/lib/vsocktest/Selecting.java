// SPDX-License-Identifier: Apache-2.0
package vsocktest;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;

/** Waiting for events. */
public final class Selecting {
    private Selecting() { }

    /** Selects until the key is ready for exactly these operations, and removes it from the selected keys. */
    public static void await(Selector selector, SelectionKey key, int operations) throws IOException {
        long start = System.nanoTime();
        while (!selector.selectedKeys().contains(key) || key.readyOps() != operations) {
            if (System.nanoTime() - start > Limit.MILLIS * 1_000_000)
                throw new AssertionError("within " + Limit.MILLIS + " ms not ready for " + operations + ": "
                    + describe(key));
            selector.select(100);
        }
        selector.selectedKeys().remove(key);
    }

    /** Checks that nothing is ready. */
    public static void nothing(Selector selector) throws IOException {
        selector.selectNow();
        if (!selector.selectedKeys().isEmpty())
            throw new AssertionError("nothing should be ready, but is: "
                + selector.selectedKeys().stream().map(Selecting::describe).toList());
    }

    private static String describe(SelectionKey key) {
        return key.isValid() ? key.channel() + " interest=" + key.interestOps() + " ready=" + key.readyOps()
            : key + " cancelled";
    }
}
