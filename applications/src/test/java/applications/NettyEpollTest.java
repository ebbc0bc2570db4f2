// SPDX-License-Identifier: Apache-2.0
package applications;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

/** A program that prefers Netty's native transport. With the agent, Netty says that it has none. */
@Tag("agent")
@DisplayName("Netty: echo, by epoll where there is one")
class NettyEpollTest extends NettyEchoTest {
    @Override
    Transport transport() {
        return Epoll.isAvailable()
            ? new Transport(new EpollEventLoopGroup(2), EpollServerSocketChannel.class, EpollSocketChannel.class)
            : super.transport();
    }
}
