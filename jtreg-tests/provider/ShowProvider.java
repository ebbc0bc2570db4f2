// SPDX-License-Identifier: Apache-2.0
import vsocktest.Family;
import vsocktest.Pair;

import java.nio.channels.spi.SelectorProvider;

/** Prints the JVM's provider and, if an argument says so, uses vsock with it. */
public class ShowProvider {
    public static void main(String[] args) throws Exception {
        System.out.println("provider " + SelectorProvider.provider().getClass().getName());
        if (args.length > 0 && args[0].equals("vsock")) {
            try (Pair pair = Pair.of(Family.VSOCK)) {
                Pair.checkFlow(pair.client(), pair.accepted());
                System.out.println("spoke vsock: " + pair.client());
            }
        }
    }
}
