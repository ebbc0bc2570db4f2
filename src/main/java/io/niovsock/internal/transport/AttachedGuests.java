// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.internal.natives.LibraryClasses;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The guests that this JVM reaches by the sockets of their virtual machine monitors. The system property
 * {@value #PROPERTY} lists some: {@code CID=PATH}, separated by commas. Programs attach others, and detach them.
 */
public final class AttachedGuests {
    static final String PROPERTY = "io.niovsock.hybrid";

    private static final Map<Long, AttachedGuest> BY_CID = new ConcurrentSkipListMap<>();
    private static final Object LOCK = new Object();

    /** Guarded by the lock. A listener that the program has dropped stays bound, but takes no memory here. */
    private static final Set<GuestObserver> LISTENERS = Collections.newSetFromMap(new WeakHashMap<>());

    private static volatile boolean read; // lazily: a static initializer could report a failure only once

    private AttachedGuests() { }

    /**
     * The guest with that CID, or null.
     *
     * @throws IllegalArgumentException if the property cannot be read
     */
    public static AttachedGuest findOrNull(long cid) {
        ensureRead();
        return BY_CID.get(cid);
    }

    /** All, by their CIDs. */
    public static List<AttachedGuest> all() {
        ensureRead();
        return List.copyOf(BY_CID.values());
    }

    static boolean areAny() {
        ensureRead();
        return !BY_CID.isEmpty();
    }

    /**
     * Attaches a guest. The listeners hear it from now on.
     *
     * @param caller the calling class's {@code MethodHandles.lookup()}
     * @throws IllegalStateException if a guest with that CID is attached
     * @throws IOException if a listener cannot hear the guest; it is not attached then
     */
    public static void attach(MethodHandles.Lookup caller, AttachedGuest guest) throws IOException {
        LibraryClasses.require(caller);
        ensureRead();
        synchronized (LOCK) {
            AttachedGuest present = BY_CID.putIfAbsent(guest.cid(), guest);
            if (present != null)
                throw new IllegalStateException("a guest is attached already: " + present);
            boolean completed = false;
            try {
                for (GuestObserver listener : LISTENERS)
                    listener.attached(guest);
                completed = true;
            } finally {
                if (!completed)
                    lockedDetach(guest);
            }
        }
    }

    /** Detaches a guest; it may be detached already, and its CID be that of another attachment. */
    @SuppressWarnings("ReferenceEquality")
    public static void detach(MethodHandles.Lookup caller, AttachedGuest guest) {
        LibraryClasses.require(caller);
        synchronized (LOCK) {
            if (BY_CID.get(guest.cid()) == guest)
                lockedDetach(guest);
        }
    }

    private static void lockedDetach(AttachedGuest guest) {
        BY_CID.remove(guest.cid());
        for (GuestObserver listener : LISTENERS)
            listener.detached(guest);
    }

    /** Attaching, detaching and binding a listener happen under it. It comes before the locks of channels. */
    public static Object lock() {
        return LOCK;
    }

    /** From now on, the listener is told of guests. The caller holds the lock. */
    public static void addListener(GuestObserver listener) {
        assert Thread.holdsLock(LOCK);
        LISTENERS.add(listener);
    }

    public static void removeListener(GuestObserver listener) {
        synchronized (LOCK) {
            LISTENERS.remove(listener);
        }
    }

    /** @throws IllegalArgumentException if the property cannot be read, with the entry and its position in the list */
    static void ensureRead() {
        if (!read)
            read();
    }

    private static synchronized void read() {
        if (System.getProperty(GuestListener.PERMISSIONS_PROPERTY) != null) // otherwise its class is not loaded
            GuestListener.checkSettings();
        String list = System.getProperty(PROPERTY, "");
        if (read || list.isBlank()) {
            read = true;
            return;
        }
        Map<Long, AttachedGuest> listed = new ConcurrentSkipListMap<>();
        String[] texts = list.split(",", -1);
        for (int i = 0; i < texts.length; i++) {
            try {
                AttachedGuest guest = parse(texts[i].strip());
                if (listed.put(guest.cid(), guest) != null)
                    throw new IllegalArgumentException("the CID " + guest.cid() + " is there twice");
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("-D" + PROPERTY + ": guest " + (i + 1) + " '" + texts[i] + "': "
                    + e.getMessage(), e);
            }
        }
        BY_CID.putAll(listed);
        read = true;
    }

    private static AttachedGuest parse(String text) {
        int equals = text.indexOf('=');
        if (equals < 0 || !text.substring(0, equals).matches("[0-9]{1,10}"))
            throw new IllegalArgumentException("expected CID=PATH");
        try {
            return new AttachedGuest(Long.parseLong(text.substring(0, equals)), Path.of(text.substring(equals + 1)));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("not a path: " + e.getMessage(), e);
        }
    }
}
