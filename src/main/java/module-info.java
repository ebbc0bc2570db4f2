// SPDX-License-Identifier: Apache-2.0
/**
 * VM sockets (AF_VSOCK) for {@code java.nio} and {@code java.net}: the provider is found by the service loader,
 * and channels speak vsock because the address that they are given is a {@link io.niovsock.VsockSocketAddress}.
 */
module io.niovsock {
    exports io.niovsock;

    provides java.nio.channels.spi.SelectorProvider with io.niovsock.VsockSelectorProvider;
}
