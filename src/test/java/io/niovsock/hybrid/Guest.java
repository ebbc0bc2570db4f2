// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** A played device, attached under a CID of its own. */
record Guest(PlayedDevice device, VsockGuest attached) implements AutoCloseable {
    static final long PORT = 5000;

    private static final AtomicLong NEXT_CID = new AtomicLong(1000);

    static Guest start(Path folder) throws IOException {
        return start(folder, PlayedDevice.Monitor.FIRECRACKER);
    }

    /** A guest in which a program listens on {@link #PORT}. */
    static Guest start(Path folder, PlayedDevice.Monitor monitor) throws IOException {
        long cid = NEXT_CID.getAndIncrement();
        return attach(cid, PlayedDevice.start(folder.resolve(cid + ".vsock"), monitor).listen(PORT));
    }

    /** A guest whose monitor does not accept connections yet. */
    static Guest startLater(Path folder) throws IOException {
        long cid = NEXT_CID.getAndIncrement();
        return attach(cid, PlayedDevice.startLater(folder.resolve(cid + ".vsock")).listen(PORT));
    }

    private static Guest attach(long cid, PlayedDevice device) throws IOException {
        try {
            return new Guest(device, Vsock.attach(cid, device.socket()));
        } catch (IOException | RuntimeException e) {
            device.close();
            throw e;
        }
    }

    static long newCid() {
        return NEXT_CID.getAndIncrement();
    }

    long cid() {
        return attached.getCid();
    }

    VsockSocketAddress endpoint() {
        return endpoint(PORT);
    }

    VsockSocketAddress endpoint(long port) {
        return VsockSocketAddress.of(cid(), port);
    }

    @Override
    public void close() throws IOException {
        attached.close();
        device.close();
    }
}
