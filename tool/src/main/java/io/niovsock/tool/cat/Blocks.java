// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.cat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** The blocks that the standard input is sent in: whatever one read returns, or a line each. */
public final class Blocks {
    private final ReadableByteChannel input;
    private final boolean lines;
    private final ByteBuffer buffer;
    private boolean ended;

    /**
     * Creates the blocks of an input.
     *
     * @param input the standard input
     * @param size the most bytes of a block; a longer line is divided
     * @param lines whether a block is a line, with its end
     */
    public Blocks(ReadableByteChannel input, int size, boolean lines) {
        this.input = input;
        this.lines = lines;
        buffer = ByteBuffer.allocateDirect(size).limit(0);
    }

    /**
     * Waits for the next block.
     *
     * @return the block, which is valid until the next call; null at the end of the input
     */
    public ByteBuffer next() throws IOException {
        return lines ? nextLine() : nextRead();
    }

    private ByteBuffer nextRead() throws IOException {
        buffer.clear();
        return input.read(buffer) < 0 ? null : buffer.flip();
    }

    private ByteBuffer nextLine() throws IOException {
        int searched = buffer.position();
        while (true) {
            for (; searched < buffer.limit(); searched++)
                if (buffer.get(searched) == '\n')
                    return take(searched + 1);
            if (ended)
                return buffer.hasRemaining() ? take(buffer.limit()) : null;
            buffer.compact();
            if (!buffer.hasRemaining())
                return take(buffer.flip().limit());
            searched = buffer.position();
            ended = input.read(buffer) < 0;
            buffer.flip();
        }
    }

    private ByteBuffer take(int end) {
        ByteBuffer line = buffer.duplicate().limit(end);
        buffer.position(end);
        return line;
    }
}
