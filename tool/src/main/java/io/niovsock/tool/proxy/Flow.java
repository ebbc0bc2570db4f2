// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import io.niovsock.internal.tool.SplicePipe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.util.concurrent.atomic.LongAdder;

/**
 * One direction of a {@link Link}. Bytes are written at once after they are read, without a selection between. Only if
 * the receiver does not take all of them, they are kept, and the sender is not read until they are gone: so a slow
 * receiver slows down its own sender only.
 *
 * <p> A flow that fills whole buffers moves its bytes through a pipe in the kernel, as long as there is one.
 *
 * <p> The end of the input is passed on as a half close, after all bytes. If the receiver can take no more, the other
 * direction continues, since its answer may be on the way; meanwhile the input is read and dropped, so that the sender
 * is not blocked.
 */
final class Flow {
    private static final int READS_IN_A_ROW = 8; // then others get their turn

    private final Link link;
    private final EventLoop loop;
    private final Buffers buffers;
    private final Side from;
    private final Side to;
    private final LongAdder bytes;
    private ByteBuffer kept; // read, but not yet written; null: none
    private SplicePipe pipe; // has bytes that are not yet written; null: none
    private boolean bulk;
    private boolean unfitForPipes;
    private boolean dropping;
    private boolean ended;

    Flow(Link link, EventLoop loop, Side from, Side to, LongAdder bytes) {
        this.link = link;
        this.loop = loop;
        buffers = loop.buffers();
        this.from = from;
        this.to = to;
        this.bytes = bytes;
    }

    /** The end of the input was read, and passed on. */
    boolean hasEnded() {
        return ended;
    }

    /** The receiver takes no more. */
    boolean isDropping() {
        return dropping;
    }

    /** How many bytes are kept here. */
    int kept() {
        return (kept == null ? 0 : kept.remaining()) + (pipe == null ? 0 : pipe.held());
    }

    void readable() {
        for (int i = 0; i < READS_IN_A_ROW; i++)
            if (!readOnce())
                return;
    }

    /** Returns whether there may be more to read, and the receiver takes it. */
    private boolean readOnce() {
        SplicePipe empty = bulk && !dropping && !unfitForPipes ? loop.pipes().takeOrNull() : null;
        return empty == null ? readIntoBuffer() : readIntoPipe(empty);
    }

    private boolean readIntoPipe(SplicePipe empty) {
        pipe = empty;
        int read;
        try {
            read = pipe.fillFrom(from.channel());
        } catch (IOException e) {
            link.breakOff(e);
            return false;
        }
        bulk = read > Buffers.MIN_SIZE; // smaller ones cost less through a buffer
        if (read > 0)
            return writeFromPipe();
        releasePipe();
        unfitForPipes = read == SplicePipe.READ_CHANNEL;
        return unfitForPipes;
    }

    /** Returns whether the pipe is empty then, and the receiver takes more. */
    private boolean writeFromPipe() {
        try {
            bytes.add(pipe.drainTo(to.channel()));
        } catch (IOException e) {
            releasePipe();
            drop(e);
            return false;
        }
        if (pipe.held() == 0) {
            releasePipe();
            return true;
        }
        from.doNotWant(SelectionKey.OP_READ);
        to.want(SelectionKey.OP_WRITE);
        return false;
    }

    private void releasePipe() {
        loop.pipes().release(pipe);
        pipe = null;
    }

    private boolean readIntoBuffer() {
        ByteBuffer buffer = buffers.scratch();
        int read;
        try {
            read = from.channel().read(buffer);
        } catch (IOException e) {
            link.breakOff(e);
            return false;
        }
        if (read < 0) {
            endOfInput();
            return false;
        }
        boolean more = !buffer.hasRemaining();
        bulk = more;
        return read > 0 && (dropping || write(buffer.flip())) && more;
    }

    private boolean write(ByteBuffer buffer) {
        try {
            bytes.add(to.channel().write(buffer));
        } catch (IOException e) {
            drop(e);
            return false;
        }
        if (!buffer.hasRemaining())
            return true;
        kept = buffers.keep(buffer);
        from.doNotWant(SelectionKey.OP_READ);
        to.want(SelectionKey.OP_WRITE);
        return false;
    }

    void writable() {
        if (pipe != null)
            writableFromPipe();
        else if (kept != null)
            writableFromBuffer();
    }

    private void writableFromPipe() {
        writeFromPipe();
        if (pipe != null)
            return;
        to.doNotWant(SelectionKey.OP_WRITE);
        from.want(SelectionKey.OP_READ);
    }

    private void writableFromBuffer() {
        try {
            bytes.add(to.channel().write(kept));
        } catch (IOException e) {
            release();
            from.want(SelectionKey.OP_READ);
            drop(e);
            return;
        }
        if (kept.hasRemaining())
            return;
        release();
        from.want(SelectionKey.OP_READ);
    }

    private void release() {
        to.doNotWant(SelectionKey.OP_WRITE);
        forget();
    }

    /** Gives the buffer and the pipe back, at the end of the link. */
    void forget() {
        if (pipe != null)
            releasePipe();
        if (kept != null)
            buffers.release(kept);
        kept = null;
    }

    private void endOfInput() {
        if (from.resetOrNull() != null) {
            link.breakOff(from.resetOrNull());
            return;
        }
        from.doNotWant(SelectionKey.OP_READ);
        ended = true;
        try {
            if (!dropping)
                to.channel().shutdownOutput();
        } catch (IOException e) {
            dropping = true; // the receiver is gone; the other direction will tell
        }
        link.flowEnded();
    }

    private void drop(IOException cause) {
        dropping = true;
        to.writeFailed(cause);
        link.receiverGone(cause);
    }
}
