// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.internal.natives.LibraryClasses;

import java.lang.invoke.MethodHandles;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The guests that this JVM reaches by the sockets of their virtual machine monitors. The system property
 * {@value #PROPERTY} lists some: {@code CID=PATH}, separated by commas. Programs attach others, and detach them.
 */
public final class AttachedGuests {
    static final String PROPERTY = "io.niovsock.hybrid";

    private static final Map<Long, AttachedGuest> BY_CID = new ConcurrentSkipListMap<>();
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
     * Attaches a guest.
     *
     * @param caller the calling class's {@code MethodHandles.lookup()}
     * @throws IllegalStateException if a guest with that CID is attached
     */
    public static void attach(MethodHandles.Lookup caller, AttachedGuest guest) {
        LibraryClasses.require(caller);
        ensureRead();
        AttachedGuest present = BY_CID.putIfAbsent(guest.cid(), guest);
        if (present != null)
            throw new IllegalStateException("a guest is attached already: " + present);
    }

    /** Detaches a guest; it may be detached already. */
    public static void detach(MethodHandles.Lookup caller, AttachedGuest guest) {
        LibraryClasses.require(caller);
        BY_CID.remove(guest.cid(), guest);
    }

    /** @throws IllegalArgumentException if the property cannot be read, with the entry and its position in the list */
    static void ensureRead() {
        if (!read)
            read();
    }

    private static synchronized void read() {
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
