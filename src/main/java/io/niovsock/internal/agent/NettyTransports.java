// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.agent;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Netty's own switch that makes its programs use {@code java.nio}: {@code io.netty.transport.noNative}. A program that
 * prefers Netty's epoll opens its sockets in Netty's native code, and no rule can catch them. A copy of Netty in
 * another package has a switch of its own. A switch that the user has set stays as it is.
 */
final class NettyTransports {
    private static final String SWITCH = "transport.noNative";

    /**
     * The packages that have a Netty: its own, gRPC's, HBase's, Ratis's, Pulsar's, Hadoop's, DataStax's, Micrometer's,
     * Flink's, Couchbase's.
     */
    private static final List<String> PACKAGES = List.of("io.netty.", "io.grpc.netty.shaded.io.netty.",
        "org.apache.hbase.thirdparty.io.netty.", "org.apache.ratis.thirdparty.io.netty.",
        "org.apache.pulsar.shade.io.netty.", "org.apache.hadoop.shaded.io.netty.",
        "com.datastax.oss.driver.shaded.netty.", "io.micrometer.shaded.io.netty.",
        "org.apache.flink.shaded.netty4.io.netty.", "com.couchbase.client.core.deps.io.netty.");

    private NettyTransports() { }

    /** Sets each switch that is not set yet, and says so if the class path has a Netty for it. */
    static void preferNio() {
        List<String> set = PACKAGES.stream().filter(NettyTransports::preferNio).collect(Collectors.toList());
        String told = set.stream().filter(NettyTransports::hasNetty).map(netty -> "-D" + netty + SWITCH + "=true")
            .collect(Collectors.joining(" "));
        if (!told.isEmpty())
            System.err.println("nio-vsock: the agent sets " + told
                + ", since Netty's native sockets cannot become vsock (=false leaves them)");
    }

    private static boolean preferNio(String netty) {
        if (System.getProperty(netty + SWITCH) != null)
            return false;
        System.setProperty(netty + SWITCH, "true");
        return true;
    }

    private static boolean hasNetty(String netty) {
        String file = netty.replace('.', '/') + "channel/Channel.class";
        return ClassLoader.getSystemResource(file) != null;
    }
}
