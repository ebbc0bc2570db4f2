// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** An accepted connection and the one to its target. */
final class Link {
    /** How long a sender is still read, and not reset, after its receiver has ended: the answer is on its way to it. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final EventLoop loop;
    private final Rule rule;
    private final Log log;
    private final Runnable whenClosed;
    private final Side client;
    private final Connecting connecting;
    private Side target; // null until it is connected
    private Flow toTarget;
    private Flow toClient;
    private boolean closed;
    private boolean lingering;

    Link(EventLoop loop, Rule rule, SocketChannel accepted, Settings settings, Log log, Runnable whenClosed) {
        this.loop = loop;
        this.rule = rule;
        this.log = log;
        this.whenClosed = whenClosed;
        client = new Side(this, rule.listen(), accepted);
        connecting = new Connecting(loop, rule.target(), settings.connectTimeout(), this::connected, this::unreachable);
    }

    /** Runs in the thread of the loop. */
    void start() {
        loop.add(this);
        connecting.start();
    }

    private void connected(SocketChannel channel) {
        target = new Side(this, rule.target(), channel);
        toTarget = new Flow(this, loop, client, target, rule.bytesToTarget);
        toClient = new Flow(this, loop, target, client, rule.bytesToClient);
        client.flows(toTarget, toClient);
        target.flows(toClient, toTarget);
        try {
            client.register(loop);
            target.register(loop);
            toTarget.readable(); // most clients speak first, and have spoken by now
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            breakOff(e);
        }
    }

    private void unreachable(Throwable cause) {
        rule.failed.increment();
        log.trouble(rule.toString(), "cannot connect to " + rule.target() + ": " + text(cause));
        client.reset();
        close();
    }

    /** Both directions have ended: so does the link. */
    void flowEnded() {
        if (toTarget.hasEnded() && toClient.hasEnded())
            close();
        else
            lingerIfDropping();
    }

    /** A receiver takes no more; what it has sent is still passed on. */
    void receiverGone(IOException cause) {
        tell("the receiver has gone: " + cause.getMessage());
        lingerIfDropping();
    }

    /** The receiver of the one direction is gone, and it has sent all in the other: a moment is left for that. */
    private void lingerIfDropping() {
        boolean over = toTarget.isDropping() && toClient.hasEnded() || toClient.isDropping() && toTarget.hasEnded();
        if (over && !lingering) {
            lingering = true;
            loop.after(LINGER, this::close);
        }
    }

    /** An error ends both connections. Peers see it as one, where their family has a reset. */
    void breakOff(Throwable cause) {
        if (closed)
            return;
        rule.broken.increment();
        tell("broken: " + text(cause));
        client.reset();
        if (target != null)
            target.reset();
        close();
    }

    /** Ends the link while its peers still use it. */
    void endForStop() {
        if (closed)
            return;
        if (kept() > 0) {
            log.say(rule + ": " + kept() + " bytes were not delivered: their receiver did not read them");
            client.reset();
            if (target != null)
                target.reset();
        }
        close();
    }

    /** How many bytes are kept here, in both directions. */
    private int kept() {
        return target == null ? 0 : toTarget.kept() + toClient.kept();
    }

    private void close() {
        if (closed)
            return;
        closed = true;
        connecting.cancel();
        client.close();
        if (target != null) {
            target.close();
            toTarget.forget();
            toClient.forget();
        }
        rule.open.decrementAndGet();
        loop.remove(this);
        whenClosed.run();
    }

    void tell(String what) {
        if (log.isVerbose())
            log.verbose(rule + ": " + what);
    }

    private static String text(Throwable cause) {
        return cause instanceof IOException && cause.getMessage() != null ? cause.getMessage() : cause.toString();
    }

}
