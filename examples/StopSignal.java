// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;

/** Tells a program to stop, on a line on standard input or at the end of it. */
final class StopSignal {
    private volatile boolean given;

    /** Starts to listen. */
    StopSignal() {
        Thread listener = new Thread(() -> {
            try {
                System.in.read();
            } catch (IOException e) {
                System.err.println("standard input: " + e.getMessage());
            }
            given = true;
        });
        listener.setDaemon(true);
        listener.start();
    }

    boolean isGiven() {
        return given;
    }
}
