// SPDX-License-Identifier: Apache-2.0
package io.niovsock.kit;

import io.niovsock.test.VsockExtension;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/** A test with the machines of the kit. */
@ExtendWith(VsockExtension.class)
interface KitTest {
    @BeforeEach
    default void theKitStaysAwayFromTheKernelsVsock() {
        if (!Machine.isEmulated())
            throw Skip.because("machines of the test kit are emulated, whatever the transport: run junit:emulated");
    }

    static void say(WritableByteChannel channel, String text) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining())
            channel.write(bytes);
    }

    /** Reads as many bytes as the text has that is expected, or up to the end. */
    static String hear(ReadableByteChannel channel, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        int n;
        do {
            n = channel.read(bytes);
        } while (n >= 0 && bytes.hasRemaining());
        return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    }
}
