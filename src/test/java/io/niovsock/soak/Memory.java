// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import com.sun.management.UnixOperatingSystemMXBean;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** What this JVM occupies now, by the JVM's own beans and the kernel. */
final class Memory implements AutoCloseable {
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Pattern COMMITTED = Pattern.compile("Total: .*committed=(\\d+)KB");
    private static final Pattern OF_VIRTUAL_THREADS =
        Pattern.compile("ForkJoinPool-\\d+-worker-\\d+|VirtualThread-.*|.*-Poller.*");
    private static final int KIBIBYTE = 1024;

    private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final UnixOperatingSystemMXBean system =
        (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    /** Kept open, since descriptors may run out. */
    private final RandomAccessFile status = new RandomAccessFile("/proc/self/status", "r");

    Memory() throws IOException { }

    /** Resident memory of the process, in bytes. */
    synchronized long resident() throws IOException {
        byte[] text = new byte[1 << 13];
        status.seek(0);
        int length = status.read(text);
        return KIBIBYTE * number(RESIDENT, new String(text, 0, length));
    }

    /** Native memory that the JVM has committed by its own count (NativeMemoryTracking), in bytes. */
    long committed() throws IOException {
        return KIBIBYTE * number(COMMITTED, command("vmNativeMemory", "summary"));
    }

    /** The used heap, garbage included. */
    long heap() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** The used heap without garbage. */
    long heapAfterCollection() {
        System.gc();
        System.gc(); // what the first one has left to cleaners
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

    /** The names of live platform threads, but not of those that serve all virtual threads: they come and go. */
    List<String> threads() {
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds())).filter(Objects::nonNull)
            .map(ThreadInfo::getThreadName).filter(name -> !OF_VIRTUAL_THREADS.matcher(name).matches()).sorted()
            .toList();
    }

    /** Executes a diagnostic command, as jcmd does, and returns what it prints. */
    String command(String name, String... arguments) throws IOException {
        try {
            return (String) beans.invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"), name,
                new Object[] { arguments }, new String[] { String[].class.getName() });
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
