// SPDX-License-Identifier: Apache-2.0
/**
 * VM sockets (AF_VSOCK) for {@code java.nio} and {@code java.net}: the provider is found by the service loader,
 * and channels speak vsock because the address that they are given is a {@link io.niovsock.VsockSocketAddress}.
 */
@SuppressWarnings("module") // the test kit is not there when this is compiled
module io.niovsock {
    requires static java.instrument; // for the agent, which the JVM starts only where it is
    requires static java.management; // for the counters, where a JDK has it
    requires static jdk.jfr; // for events, where a JDK has it

    exports io.niovsock;
    exports io.niovsock.internal.transport to io.niovsock.test; // EmulatedNetwork and EmulatedMachine
    opens io.niovsock.internal.agent to java.instrument;

    provides java.nio.channels.spi.AsynchronousChannelProvider with io.niovsock.VsockAsynchronousChannelProvider;
    provides java.nio.channels.spi.SelectorProvider with io.niovsock.VsockSelectorProvider;
}
