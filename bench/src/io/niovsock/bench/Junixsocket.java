// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.AFUNIXSelectorProvider;
import org.newsclub.net.unix.AFUNIXServerSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.AFUNIXSocketChannel;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The Unix-domain channels of junixsocket. */
final class Junixsocket implements Implementation {
    @Override
    public ServerSocketChannel listen() throws IOException {
        AFUNIXServerSocketChannel server = AFUNIXServerSocketChannel.open();
        server.bind(AFUNIXSocketAddress.of(Implementation.socketFile()), BACKLOG);
        return server;
    }

    @Override
    public SocketChannel connect(SocketAddress remote) throws IOException {
        return AFUNIXSocketChannel.open(remote);
    }

    @Override
    public Selector openSelector() throws IOException {
        return AFUNIXSelectorProvider.provider().openSelector();
    }

    @Override
    public DatagramChannel bindDatagrams() throws IOException {
        return AFUNIXDatagramChannel.open().bind(AFUNIXSocketAddress.of(Implementation.socketFile()));
    }
}
