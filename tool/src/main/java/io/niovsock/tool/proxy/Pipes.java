// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import io.niovsock.internal.tool.SplicePipe;

import java.io.IOException;
import java.util.ArrayDeque;

/**
 * The pipes of one event loop, for connections that move much. There is a limit: each has two descriptors. Those that
 * get none use {@link Buffers}.
 */
final class Pipes {
    private static final int MAX_UNUSED = 4; // each has memory of a budget of the user's

    private final ArrayDeque<SplicePipe> unused = new ArrayDeque<>();
    private int left;

    Pipes(int most) {
        left = most;
    }

    /** An empty pipe; null: there is none. */
    SplicePipe takeOrNull() {
        if (!SplicePipe.mayBeUsed())
            return null;
        SplicePipe pipe = unused.poll();
        if (pipe != null || left == 0)
            return pipe;
        left--;
        try {
            return new SplicePipe();
        } catch (IOException | UnsupportedOperationException e) {
            left = 0; // no descriptors, no memory, or no native library here: buffers do as well
            return null;
        }
    }

    /** Takes a pipe back. One that still has bytes, or is one too many, is replaced when another is needed. */
    void release(SplicePipe pipe) {
        if (pipe.held() == 0 && unused.size() < MAX_UNUSED) {
            unused.push(pipe);
            return;
        }
        close(pipe);
        left++;
    }

    /** Closes the unused pipes, at the end of the loop. */
    void close() {
        unused.forEach(Pipes::close);
        unused.clear();
    }

    private static void close(SplicePipe pipe) {
        try {
            pipe.close();
        } catch (IOException e) {
            throw new AssertionError(e); // a pipe's close does not fail
        }
    }
}
