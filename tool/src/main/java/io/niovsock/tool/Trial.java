// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.Vsock;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Locale;

/** Connects to an endpoint once, sends no byte, and finds out what is in the way. */
final class Trial {
    private static final double NANOS_PER_MILLI = 1e6;

    private final VsockSocketAddress endpoint;
    private final int timeoutMillis;

    Trial(VsockSocketAddress endpoint, int timeoutMillis) {
        this.endpoint = endpoint;
        this.timeoutMillis = timeoutMillis;
    }

    List<Fact> facts() {
        return List.of(Fact.ok("endpoint", Vsock.explain(endpoint)), connect());
    }

    private Fact connect() {
        String name = "connect";
        if (!Vsock.isAvailable())
            return Fact.problem(name, "not tried", "see `available` above");
        try (SocketChannel channel = VsockSelectorProvider.instance().openSocketChannel()) {
            long start = System.nanoTime();
            channel.socket().connect(endpoint, timeoutMillis);
            return Fact.ok(name, String.format(Locale.ROOT, "connected in %.1f ms, from %s",
                (System.nanoTime() - start) / NANOS_PER_MILLI, channel.getLocalAddress()));
        } catch (SocketTimeoutException e) {
            return Fact.problem(name, "no answer within " + timeoutMillis + " ms", noAnswer());
        } catch (NoRouteToHostException e) {
            return Fact.problem(name, "no way there (" + e.getMessage() + ')', noRoute(e));
        } catch (ConnectException e) {
            return refused(name, e);
        } catch (IOException e) {
            return Fact.problem(name, "failed (" + e.getMessage() + ')', "see `sockets of that family` above");
        }
    }

    private Fact refused(String name, ConnectException e) {
        String message = String.valueOf(e.getMessage());
        if (message.startsWith("Connection refused"))
            return Fact.problem(name, "refused (" + message + ')', "that machine answers: start the server there, at"
                + " port " + endpoint.getVsockPort() + " and at its CID or any; `nio-vsock ls` on that machine lists"
                + " its listeners. If one listens, its backlog is full: it does not accept, or too slowly");
        if (message.contains(" answered '"))
            return Fact.problem(name, "no handshake (" + message + ')',
                "-Dio.niovsock.hybrid must name the socket that the monitor was configured with for vsock");
        return Fact.problem(name, "no answer (" + message + ')', noAnswer());
    }

    private String noAnswer() {
        boolean isGuest = Vsock.role() == Vsock.Role.GUEST || Vsock.role() == Vsock.Role.GUEST_AND_HOST;
        if (isGuest && endpoint.getCid() == VsockSocketAddress.CID_HOST)
            return "nothing listens at port " + endpoint.getVsockPort() + " of the host, and the monitor of this"
                + " virtual machine does not say so (vhost-device-vsock), or the monitor serves its vsock no more";
        return "the machine with CID " + endpoint.getCid() + " has stopped, is still booting, has no vsock driver, or"
            + " does not exist (a host drops what a guest sends to a CID that no machine has)";
    }

    private String noRoute(NoRouteToHostException e) {
        if (String.valueOf(e.getMessage()).contains("no virtual machine monitor listens"))
            return "start the virtual machine, or correct the path in -Dio.niovsock.hybrid";
        long cid = endpoint.getCid();
        if (cid == VsockSocketAddress.CID_LOCAL || cid == VsockSocketAddress.CID_ANY)
            return KernelModule.LOOPBACK.cure() + ": this machine has no loopback";
        return switch (Vsock.role()) {
            case HOST, GUEST_AND_HOST -> "no running virtual machine of this host has CID " + cid + ", or it is in"
                + " another network namespace, or it is not the kernel's: -Dio.niovsock.hybrid=" + cid + "=PATH";
            case GUEST -> "the driver of this virtual machine does not lead to CID " + cid + ": its host is"
                + " vsock:host:" + endpoint.getVsockPort();
            case LOOPBACK_ONLY, NONE -> "this machine is no guest and no host: in a virtual machine,"
                + " modprobe vmw_vsock_virtio_transport; on a host, modprobe vhost_vsock";
        };
    }
}
