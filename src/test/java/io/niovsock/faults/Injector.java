// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;

/** Commands the preloaded {@code src/test/c/faults.c} of this process, by a page that both have mapped. */
final class Injector {
    /** The variable with the path of the page. */
    static final String VARIABLE = "FAULTS";
    static final int PAGE_SIZE = 4096;

    /** The libraries whose calls count. */
    enum Origin { LIBRARY, LIBRARY_AND_JDK }

    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final int INTS_BEFORE_TABLE = 9;
    private static final int NAME_SIZE = 16;
    private static final int ENTRY_SIZE = NAME_SIZE + Integer.BYTES;
    private static final int NONE = -1;
    private static final int ALL_THREADS = 0;

    /** The integers of the page, in order. */
    private enum Field { ARMED, THREAD, ORIGINS, FUNCTION, NTH, LASTING, ERROR, FAILED, FUNCTIONS }

    private final ByteBuffer page;
    private final Map<LibraryCall, Integer> places = new EnumMap<>(LibraryCall.class);

    Injector() throws IOException {
        try (FileChannel file = FileChannel.open(Path.of(System.getenv(VARIABLE)), StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
            page = file.map(FileChannel.MapMode.READ_WRITE, 0, PAGE_SIZE).order(ByteOrder.nativeOrder());
        }
        for (int i = 0; i < get(Field.FUNCTIONS); i++)
            places.put(LibraryCall.named(nameAt(i)), i);
        if (places.size() != LibraryCall.values().length)
            throw new AssertionError("the preloaded library knows " + places.keySet());
    }

    /** An empty page for a process to be started. */
    static void createPage(Path file) throws IOException {
        Files.write(file, new byte[PAGE_SIZE]);
    }

    private String nameAt(int place) {
        byte[] name = new byte[NAME_SIZE];
        page.get(INTS_BEFORE_TABLE * Integer.BYTES + place * ENTRY_SIZE, name);
        return new String(name, StandardCharsets.US_ASCII).trim();
    }

    private static int counterAt(int place) {
        return INTS_BEFORE_TABLE * Integer.BYTES + place * ENTRY_SIZE + NAME_SIZE;
    }

    private int get(Field field) {
        return (int) INT.getVolatile(page, field.ordinal() * Integer.BYTES);
    }

    private void set(Field field, int value) {
        INT.setVolatile(page, field.ordinal() * Integer.BYTES, value);
    }

    /**
     * From now on, calls are counted.
     *
     * @param faultOrNull null: no call fails
     * @param allThreads whether calls of all threads count; else, of the calling one, a platform thread
     */
    void arm(Fault faultOrNull, Origin origin, boolean allThreads) throws IOException {
        for (int place : places.values())
            INT.setVolatile(page, counterAt(place), 0);
        set(Field.FAILED, 0);
        set(Field.THREAD, allThreads ? ALL_THREADS : currentThread());
        set(Field.ORIGINS, origin == Origin.LIBRARY ? 1 : 3);
        set(Field.FUNCTION, faultOrNull == null ? NONE : places.get(faultOrNull.call()));
        if (faultOrNull != null) {
            set(Field.NTH, faultOrNull.nth());
            set(Field.LASTING, faultOrNull.lasting() ? 1 : 0);
            set(Field.ERROR, faultOrNull.error().number);
        }
        set(Field.ARMED, 1);
    }

    void disarm() {
        set(Field.ARMED, 0);
    }

    /** Whether a call has failed since the last {@link #arm}. */
    boolean hasFailed() {
        return get(Field.FAILED) > 0;
    }

    /** The calls since the last {@link #arm}. */
    Map<LibraryCall, Integer> counts() {
        Map<LibraryCall, Integer> counts = new EnumMap<>(LibraryCall.class);
        places.forEach((call, place) -> {
            int calls = (int) INT.getVolatile(page, counterAt(place));
            if (calls > 0)
                counts.put(call, calls);
        });
        return counts;
    }

    private static int currentThread() throws IOException {
        return Integer.parseInt(Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString());
    }
}
