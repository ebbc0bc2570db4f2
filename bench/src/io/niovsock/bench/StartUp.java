// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A fork that starts JVMs by its command: milliseconds from the start to the end of one. */
final class StartUp {
    private static final int WARM_UPS = 2;

    private StartUp() { }

    public static void main(String[] command) throws Exception {
        for (int i = 0; i < WARM_UPS; i++)
            start(Arrays.asList(command));
        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        while (in.readLine() != null)
            System.out.println(String.format(Locale.ROOT, "%.6g", start(Arrays.asList(command))));
    }

    private static double start(List<String> command) throws IOException, InterruptedException {
        long start = System.nanoTime();
        int status = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        if (status != 0)
            throw new IOException(command + " ended with " + status);
        return (System.nanoTime() - start) / 1e6;
    }

    /** A started program that does nothing. */
    static final class Nothing {
        public static void main(String[] args) { }
    }

    /** A started program that asks for the provider. */
    static final class Provider {
        public static void main(String[] args) {
            SelectorProvider.provider();
        }
    }

    /** A started program that opens a channel. */
    static final class Channel {
        public static void main(String[] args) throws IOException {
            SocketChannel.open().close();
        }
    }
}
