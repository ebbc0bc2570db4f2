// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.TreeMap;

/** Checks after every test that no new socket is open. The service loader finds it. */
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {
    private static final Namespace NAMESPACE = Namespace.create(LeakCheck.class);

    @Override
    public void beforeEach(ExtensionContext context) {
        context.getRoot().getStore(NAMESPACE).getOrComputeIfAbsent("warm", key -> warmUp());
        context.getStore(NAMESPACE).put("before", OpenSockets.now());
    }

    /**
     * Opens the descriptors that a JVM opens once and keeps: the marker of an asynchronous close, the pollers of
     * virtual threads, the default group of asynchronous channels.
     */
    private static boolean warmUp() {
        try {
            AsynchronousSocketChannel.open().close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        for (ChannelKind channel : ChannelKind.values()) {
            for (ThreadKind thread : ThreadKind.available()) {
                try (Pair pair = Pair.of(channel);
                     Background<Integer> reader =
                         Background.start(thread, () -> pair.client().read(ByteBuffer.allocate(1)))) {
                    reader.awaitBlocked();
                    pair.client().close();
                    reader.failure(AsynchronousCloseException.class);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
        }
        return true;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void afterEach(ExtensionContext context) {
        OpenSockets.awaitNoneBut(context.getStore(NAMESPACE).get("before", TreeMap.class));
    }
}
