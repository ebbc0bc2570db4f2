// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A whole file, until it has arrived: MiB a second. */
final class Transferring implements Benchmark {
    private final SocketChannel client;
    private final FileChannel file;
    private final boolean copying;
    private final Throughput.Swallower swallower;
    private final ByteBuffer buffer = Throughput.allocate(true);

    /** @param copying whether to read and write, instead of {@code transferTo} */
    Transferring(Implementation implementation, Path path, boolean copying) throws IOException {
        this.copying = copying;
        file = FileChannel.open(path);
        Connected pair = Connected.pair(implementation);
        client = pair.client();
        swallower = new Throughput.Swallower(pair.server(), true);
    }

    @Override
    public double iteration(double seconds) throws IOException {
        long size = file.size();
        long total = swallower.received.get() + size;
        long start = System.nanoTime();
        if (copying)
            copy();
        else
            transfer(size);
        while (swallower.received.get() < total)
            Thread.yield();
        return Throughput.mebibytesPerSecond(size, System.nanoTime() - start);
    }

    private void transfer(long size) throws IOException {
        for (long position = 0; position < size; )
            position += file.transferTo(position, size - position, client);
    }

    private void copy() throws IOException {
        file.position(0);
        for (buffer.clear(); file.read(buffer) > 0; buffer.clear()) {
            buffer.flip();
            while (buffer.hasRemaining())
                client.write(buffer);
        }
    }
}
