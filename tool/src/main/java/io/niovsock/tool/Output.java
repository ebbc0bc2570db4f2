// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The standard output. Unlike {@code System.out}, it throws if it cannot be written, so a full disk is an error. If the
 * reader of a pipe has left, the tool ends without a word, as programs do that SIGPIPE ends.
 */
final class Output {
    private static final Path DESCRIPTOR = Path.of("/proc/self/fd/1");
    private static final int ENDED_BY_SIGPIPE = 128 + 13;

    private final Watched watched = new Watched();
    private final PrintWriter writer = new PrintWriter(new OutputStreamWriter(
        new BufferedOutputStream(watched), Charset.forName(System.getProperty("native.encoding", "UTF-8"))));

    private volatile IOException failure;

    /** Remembers the failure that a {@code PrintWriter} hides. */
    private final class Watched extends OutputStream {
        private final FileOutputStream standard = new FileOutputStream(FileDescriptor.out);

        @Override
        public void write(int b) throws IOException {
            write(new byte[] { (byte) b }, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (failure != null)
                throw failure;
            try {
                standard.write(bytes, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        void write(ByteBuffer bytes) throws IOException {
            if (failure != null)
                throw failure;
            try {
                while (bytes.hasRemaining())
                    standard.getChannel().write(bytes);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }

    /** Writes bytes at once, as they are. A subcommand writes bytes or prints lines, not both. */
    void write(ByteBuffer bytes) throws IOException {
        watched.write(bytes);
    }

    /** For those who take a writer; {@link #finish} tells of its failures. */
    PrintWriter writer() {
        return writer;
    }

    /** Prints a line, perhaps not at once. */
    void println(String line) throws IOException {
        writer.println(line);
        requireNoFailure();
    }

    /** Prints at once what has been printed. */
    void flush() throws IOException {
        writer.flush();
        requireNoFailure();
    }

    private void requireNoFailure() throws IOException {
        if (failure != null)
            throw failure;
    }

    /** Why something could not be printed, or null. */
    IOException failure() {
        return failure;
    }

    /**
     * Prints what is left.
     *
     * @param status the exit status of a subcommand
     * @return the exit status of the tool
     */
    int finish(int status) {
        writer.flush();
        if (failure == null)
            return status;
        if (isReaderGone())
            return ENDED_BY_SIGPIPE;
        System.err.println(Tool.NAME + ": cannot write to the standard output: " + failure.getMessage());
        return Tool.FAILURE;
    }

    /** After a failure: a write to a pipe or a socket fails if its other end is closed. */
    private static boolean isReaderGone() {
        try {
            String file = Files.readSymbolicLink(DESCRIPTOR).toString();
            return file.startsWith("pipe:") || file.startsWith("socket:");
        } catch (IOException e) {
            return false;
        }
    }
}
