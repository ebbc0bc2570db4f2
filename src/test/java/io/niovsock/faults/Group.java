// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ThreadKind;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Situations that a process runs, and what counts as a call of theirs. */
enum Group {
    VSOCK_STREAMS(() -> StreamSituations.of(ChannelKind.VSOCK), Injector.Origin.LIBRARY, true),
    DEFERRED_STREAMS(() -> StreamSituations.of(ChannelKind.DEFERRED_VSOCK), Injector.Origin.LIBRARY_AND_JDK, false),
    SELECTION(SelectionSituations::all, Injector.Origin.LIBRARY, false),
    DATAGRAMS(DatagramSituations::all, Injector.Origin.LIBRARY, false),
    RECORDS(RecordSituations::all, Injector.Origin.LIBRARY, false),
    SOCKETS(SocketSituations::all, Injector.Origin.LIBRARY, false),
    ASYNCHRONOUS(AsynchronousSituations::all, Injector.Origin.LIBRARY, false) {
        @Override
        boolean hasThreads() {
            return true;
        }
    },
    GUESTS(GuestSituations::all, Injector.Origin.LIBRARY, false);

    private final Supplier<Map<String, Situation>> situations;
    private final Injector.Origin origin;
    private final boolean inVirtualThreads;

    Group(Supplier<Map<String, Situation>> situations, Injector.Origin origin, boolean inVirtualThreads) {
        this.situations = situations;
        this.origin = origin;
        this.inVirtualThreads = inVirtualThreads;
    }

    Map<String, Situation> situations() {
        return new LinkedHashMap<>(situations.get());
    }

    Injector.Origin origin() {
        return origin;
    }

    List<ThreadKind> threads() {
        return inVirtualThreads ? ThreadKind.available() : List.of(ThreadKind.PLATFORM);
    }

    /** Whether other threads than the one of the operation make its calls. */
    boolean hasThreads() {
        return false;
    }
}
