// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import com.sun.management.UnixOperatingSystemMXBean;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** What this JVM occupies now, by the JVM's own beans and the kernel. */
final class Memory implements AutoCloseable {
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Pattern ANONYMOUS = Pattern.compile("RssAnon:\\s+(\\d+) kB");
    private static final Pattern COMMITTED = Pattern.compile("Total: .*committed=(\\d+)KB");
    private static final Pattern CATEGORY = Pattern.compile("-\\s+(\\w[\\w ]*) \\(reserved=\\d+KB, committed=(\\d+)KB");
    /** The JVM's own names for classes, compiled code, and the record of both: they grow as long as it warms up. */
    private static final Set<String> CODE = Set.of("Class", "Code", "Metaspace", "Native Memory Tracking", "Symbol");
    /** What does not change, and what compilers need while they compile. */
    private static final Set<String> LEFT_OUT = Set.of("Java Heap", "Shared class space", "Arena Chunk", "Compiler");
    /** Threads of the JDK's own pools: those that serve all virtual threads, and those that wait for processes. */
    private static final Pattern POOLED =
        Pattern.compile("ForkJoinPool-\\d+-worker-\\d+|VirtualThread-.*|.*-Poller.*|process reaper.*");
    private static final int KIBIBYTE = 1024;
    private static final int FEWEST_COLLECTIONS = 3;
    private static final int MOST_COLLECTIONS = 10;

    private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final UnixOperatingSystemMXBean system =
        (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    /** Kept open, since descriptors may run out. */
    private final RandomAccessFile status = new RandomAccessFile("/proc/self/status", "r");

    Memory() throws IOException { }

    /**
     * Native memory at a moment when little is in use, in bytes.
     *
     * @param code what the JVM has committed for classes and compiled code
     * @param other what it has committed besides, without heap and compilers: for threads, direct buffers, monitors …
     * @param uncounted resident memory that no file backs, without what the JVM has committed: native libraries have
     *     it from {@code malloc}. It may be below 0, since the JVM commits more than it touches.
     */
    record Native(long code, long other, long uncounted) {
        /** Sorts a report of NativeMemoryTracking, and {@code /proc/self/status} of the same moment. */
        static Native of(String report, String status) throws IOException {
            long code = committed(report, CODE);
            long committed = KIBIBYTE * number(COMMITTED, report);
            return new Native(code, committed - code - committed(report, LEFT_OUT),
                KIBIBYTE * number(ANONYMOUS, status) - committed);
        }
    }

    /** Measures native memory, after {@code malloc} has given back to the kernel what is free. */
    Native measure() throws IOException {
        command("systemTrimNativeHeap");
        return Native.of(command("vmNativeMemory", "summary"), status());
    }

    private static long committed(String report, Set<String> categories) {
        return CATEGORY.matcher(report).results().filter(category -> categories.contains(category.group(1)))
            .mapToLong(category -> KIBIBYTE * Long.parseLong(category.group(2))).sum();
    }

    /** Resident memory of the process, in bytes. */
    long resident() throws IOException {
        return KIBIBYTE * number(RESIDENT, status());
    }

    private synchronized String status() throws IOException {
        byte[] text = new byte[1 << 13];
        status.seek(0);
        return new String(text, 0, status.read(text), StandardCharsets.US_ASCII);
    }

    /** Native memory that the JVM has committed by its own count (NativeMemoryTracking), in bytes. */
    long committed() throws IOException {
        return KIBIBYTE * number(COMMITTED, command("vmNativeMemory", "summary"));
    }

    /** The used heap, garbage included. */
    long heap() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Collects garbage until cleaners have nothing left to do, and returns the used heap. */
    long heapAfterCollection() {
        int collections = 0;
        long before;
        do {
            before = direct();
            System.gc();
            collections++;
        } while (collections < FEWEST_COLLECTIONS || direct() != before && collections < MOST_COLLECTIONS);
        return heap();
    }

    /** The bytes of direct buffers. */
    long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct")).mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
    }

    /**
     * The number of open descriptors.
     *
     * @throws IOException if there is no descriptor with which to count
     */
    long descriptors() throws IOException {
        try {
            long count = system.getOpenFileDescriptorCount();
            if (count < 0)
                throw new IOException("the descriptors cannot be counted");
            return count;
        } catch (InternalError noDescriptor) {
            throw new IOException(noDescriptor);
        }
    }

    /** The names of live platform threads, but not of those in the JDK's own pools: they come and go. */
    List<String> threads() {
        return withoutPools(Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds())).filter(Objects::nonNull)
            .map(ThreadInfo::getThreadName).sorted().toList());
    }

    static List<String> withoutPools(List<String> names) {
        return names.stream().filter(name -> !POOLED.matcher(name).matches()).toList();
    }

    /** Executes a diagnostic command, as jcmd does, and returns what it prints. */
    String command(String name, String... arguments) throws IOException {
        try {
            return (String) beans.invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"), name,
                arguments.length == 0 ? new Object[0] : new Object[] { arguments },
                arguments.length == 0 ? new String[0] : new String[] { String[].class.getName() });
        } catch (JMException e) {
            throw new IOException(name, e);
        }
    }

    private static long number(Pattern pattern, String text) throws IOException {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find())
            throw new IOException("no " + pattern + " in " + text);
        return Long.parseLong(matcher.group(1));
    }

    @Override
    public void close() throws IOException {
        status.close();
    }
}
