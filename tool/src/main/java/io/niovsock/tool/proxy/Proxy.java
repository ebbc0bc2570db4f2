// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import io.niovsock.tool.net.Listening;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Passes the connections of several rules on. Safe for use by several threads. */
public final class Proxy implements Closeable {
    private final Settings settings;
    private final Log log;
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<Acceptor> acceptors = new ArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile boolean full; // an acceptor has found no room
    private volatile Throwable fatal;
    private int turn; // only for the first loop

    private Proxy(Settings settings, Log log) {
        this.settings = settings;
        this.log = log;
    }

    /**
     * Listens for all rules, and begins to serve them. If one cannot, none does.
     *
     * @param rules the rules
     * @param settings what the proxy may use
     * @param lines is given what the operator shall read, a line each
     * @param verbose whether that includes the trouble of single connections
     * @return the proxy
     */
    public static Proxy start(List<Rule> rules, Settings settings, Consumer<String> lines, boolean verbose)
            throws IOException {
        CompletableFuture<Throwable> fatal = new CompletableFuture<>();
        Proxy proxy = new Proxy(settings, new Log(lines, fatal::complete, verbose));
        fatal.thenAccept(proxy::breakDown);
        try {
            for (int i = 0; i < settings.threads(); i++)
                proxy.loops.add(new EventLoop(i, settings, proxy.log));
            for (Rule rule : rules)
                proxy.listen(rule);
        } catch (IOException | RuntimeException e) {
            proxy.close();
            throw e;
        }
        proxy.loops.forEach(EventLoop::start);
        return proxy;
    }

    private void listen(Rule rule) throws IOException {
        Listening listening = Listening.at(rule.listen(), settings.backlog(), settings.mode(), false, settings.from());
        EventLoop first = loops.get(0);
        Acceptor acceptor = new Acceptor(this, first, rule, listening, log);
        acceptors.add(acceptor);
        acceptor.start();
    }

    /** Where each rule listens, in their order, with the ports that were chosen. */
    public List<String> listening() {
        return acceptors.stream().map(acceptor -> acceptor.listening().toString()).toList();
    }

    /** {@return the counters of each rule, in their order} */
    public List<Rule.Counts> counts() {
        return acceptors.stream().map(acceptor -> acceptor.rule().counts()).toList();
    }

    /** Whether one more connection may be added; if not, the acceptors hear of it when one may. */
    boolean mayAdd() {
        if (connections.get() < settings.maxConnections())
            return true;
        full = true;
        return connections.get() < settings.maxConnections(); // one may have ended before `full` was set
    }

    /** Runs in the thread of the first loop. */
    void add(Rule rule, SocketChannel accepted) throws IOException {
        connections.incrementAndGet();
        rule.accepted.increment();
        rule.open.incrementAndGet();
        EventLoop loop = loops.get(turn++ % loops.size());
        Link link = new Link(loop, rule, accepted, settings, log, this::linkClosed);
        try {
            accepted.configureBlocking(false);
            rule.listen().tune(accepted);
        } catch (IOException e) {
            log.verbose(rule + ": " + e.getMessage()); // the peer has gone; the link will notice
        }
        if (loop == loops.get(0))
            link.start();
        else
            loop.execute(link::start);
    }

    private void linkClosed() {
        connections.decrementAndGet();
        if (full) {
            full = false;
            loops.get(0).execute(() -> acceptors.forEach(Acceptor::resume));
        }
    }

    /** How many connections there are. */
    public int connections() {
        return connections.get();
    }

    /**
     * Stops in order: accepts what waits in the backlogs, stops listening, and lets the connections come to their end.
     *
     * @param drain after this time, those that are left are ended
     */
    public void stop(Duration drain) {
        loops.get(0).execute(() -> {
            acceptors.forEach(Acceptor::stop);
            for (EventLoop loop : loops)
                loop.execute(() -> loop.stop(drain));
        });
    }

    /** Ends the connections that a {@link #stop} waits for. */
    public void endConnections() {
        for (EventLoop loop : loops)
            loop.execute(loop::endLinks);
    }

    /**
     * Waits until the proxy has stopped.
     *
     * @throws IOException if an error of its own has ended it
     */
    public void join() throws InterruptedException, IOException {
        for (EventLoop loop : loops)
            loop.join();
        if (fatal != null)
            throw new IOException("the proxy cannot continue: " + fatal, fatal);
    }

    private void breakDown(Throwable cause) {
        fatal = cause;
        close();
        endConnections();
    }

    /** Stops listening at once. */
    @Override
    public void close() {
        for (Acceptor acceptor : acceptors) {
            try {
                acceptor.listening().close();
            } catch (IOException e) {
                log.say(acceptor.listening() + ": " + e.getMessage());
            }
        }
    }
}
