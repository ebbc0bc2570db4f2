// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.testkit.Background;

import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

/** One run of a situation, in which one call of its operation fails, or none. */
final class Attempt {
    /** The operation has failed as it should, and its channel is closed: nothing is left to be checked. */
    static final class Ended extends Exception {
        private static final long serialVersionUID = 1;
    }

    private final Injector injector;
    private final Fault fault; // null: none
    private final Injector.Origin origin;
    private final boolean allThreads;
    private final Deque<AutoCloseable> kept = new ArrayDeque<>();
    private Map<LibraryCall, Integer> counts = Map.of();
    private final Set<LibraryCall> survived = EnumSet.of(LibraryCall.CLOSE); // Linux has released the number by then
    private boolean met;
    private Exception failure; // null: the operation has succeeded

    Attempt(Injector injector, Fault fault, Injector.Origin origin, boolean allThreads) {
        this.injector = injector;
        this.fault = fault;
        this.origin = origin;
        this.allThreads = allThreads;
    }

    /** The operation may have its effect even if calls of these functions fail; the situation says why. */
    Attempt survives(LibraryCall... calls) {
        survived.addAll(List.of(calls));
        return this;
    }

    /** Whether it is the function whose call fails in this run. */
    boolean isToFail(LibraryCall call) {
        return fault != null && fault.call() == call;
    }

    boolean maySucceed() {
        return fault.error().isPassing() || survived.contains(fault.call());
    }

    /** Closes it at the end of the run, in another thread. */
    <T extends AutoCloseable> T keep(T resource) {
        kept.push(resource);
        return resource;
    }

    /**
     * The operation, whose calls fail. If it fails, another thread repeats it: a failed operation must have no effect,
     * unless it has closed its channel or found the connection broken.
     */
    <T> T of(Callable<T> operation) throws Exception {
        try {
            return once(operation);
        } catch (Ended e) {
            return repeated(operation);
        }
    }

    /** A close, which never fails: whatever calls do, the number is given back, and the peer sees the end. */
    void close(AutoCloseable subject) throws Exception {
        survives(LibraryCall.values()).once(() -> {
            subject.close();
            return null;
        });
        if (failure != null)
            throw new AssertionError("the close fails", failure);
    }

    /** An operation that cannot be repeated after a failure. */
    <T> T once(Callable<T> operation) throws Exception {
        injector.arm(fault, origin, allThreads);
        try {
            return operation.call();
        } catch (Exception e) {
            failure = e;
            throw fault == null ? e : new Ended();
        } finally {
            injector.disarm();
            counts = injector.counts();
            met = injector.hasFailed();
        }
    }

    private <T> T repeated(Callable<T> operation) throws Exception {
        try (Background<T> other = Background.start(operation)) {
            return other.result();
        } catch (AssertionError e) {
            if (isClosed(e.getCause()) || fault.error().breaksConnection())
                throw new Ended();
            throw new AssertionError("it ended with " + failure + "; repeated by another thread: " + e.getMessage(), e);
        }
    }

    private static boolean isClosed(Throwable failure) {
        return failure instanceof ClosedChannelException
            || failure instanceof SocketException && failure.getMessage().toLowerCase(Locale.ROOT).contains("closed");
    }

    /** Whether a call has failed. */
    boolean hasMetFault() {
        return met;
    }

    /** The same in the course of the operation. */
    boolean isMet() {
        return fault != null && injector.hasFailed();
    }

    /** The failure of the operation, or null. */
    Exception failureOrNull() {
        return failure;
    }

    Map<LibraryCall, Integer> counts() {
        return counts;
    }

    /** Closes what the situation has kept, last first. */
    void closeAll() throws Exception {
        Exception first = null;
        while (!kept.isEmpty()) {
            try {
                kept.pop().close();
            } catch (IOException e) {
                first = e;
            }
        }
        if (first != null)
            throw first;
    }
}
