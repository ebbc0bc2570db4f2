// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import io.niovsock.tool.net.Listening;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * Accepts the connections of a rule, in the first loop, and divides them among the loops. Where no connection may be
 * added, it does not accept: those that wait stay in the backlog of the kernel.
 */
final class Acceptor implements EventLoop.Handler {
    private static final int ACCEPTS_IN_A_ROW = 64;
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Proxy proxy;
    private final EventLoop loop;
    private final Rule rule;
    private final Listening listening;
    private final Log log;
    private SelectionKey key;
    private boolean pausing;

    Acceptor(Proxy proxy, EventLoop loop, Rule rule, Listening listening, Log log) {
        this.proxy = proxy;
        this.loop = loop;
        this.rule = rule;
        this.listening = listening;
        this.log = log;
    }

    Listening listening() {
        return listening;
    }

    Rule rule() {
        return rule;
    }

    void start() throws IOException {
        listening.channel().configureBlocking(false);
        key = loop.register(listening.channel(), SelectionKey.OP_ACCEPT, this);
    }

    @Override
    public void ready(SelectionKey selected) {
        for (int i = 0; i < ACCEPTS_IN_A_ROW; i++)
            if (!acceptOne())
                return;
    }

    private boolean acceptOne() {
        if (!proxy.mayAdd()) {
            key.interestOps(0); // until a connection ends
            log.trouble(rule.toString(), "as many connections as may be: further ones wait");
            return false;
        }
        try {
            SocketChannel accepted = listening.channel().accept();
            if (accepted == null)
                return false;
            proxy.add(rule, accepted);
            return true;
        } catch (IOException e) {
            log.trouble(rule.toString(), "cannot accept: " + e.getMessage());
            pause();
            return false;
        }
    }

    /** Without a descriptor, the listener stays ready. */
    private void pause() {
        if (pausing)
            return;
        pausing = true;
        key.interestOps(0);
        loop.after(PAUSE, () -> {
            pausing = false;
            resume();
        });
    }

    void resume() {
        if (key.isValid() && !pausing)
            key.interestOps(SelectionKey.OP_ACCEPT);
    }

    @Override
    public void failed(Throwable cause) {
        log.trouble(rule.toString(), "cannot accept: " + cause);
        pause();
    }

    /** Accepts what waits already, since its peers know of a connection, and stops listening. */
    void stop() {
        boolean more = true;
        while (more)
            more = acceptOne();
        try {
            listening.close();
        } catch (IOException e) {
            log.say(listening + ": " + e.getMessage());
        }
    }
}
