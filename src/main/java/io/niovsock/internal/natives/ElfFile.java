// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.natives;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * Reads the headers of a library before the JVM loads it. {@code dlopen(3)} trusts them: it ends the JVM with a SIGBUS
 * if the file is truncated, and musl's also loads code of another architecture.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/elf.5.html">elf(5)</a>
 */
final class ElfFile {
    private static final int MAGIC = 0x7f454c46; // 0x7f, then ELF
    private static final int HEADER_SIZE = 64;
    private static final int EI_CLASS = 4;
    private static final int EI_DATA = 5;
    private static final int ELFCLASS64 = 2;
    private static final int ELFDATA2LSB = 1;
    private static final int E_MACHINE = 18;
    private static final int E_PHOFF = 32;
    private static final int E_SHOFF = 40;
    private static final int E_PHENTSIZE = 54;
    private static final int E_PHNUM = 56;
    private static final int E_SHENTSIZE = 58;
    private static final int E_SHNUM = 60;
    private static final int PROGRAM_HEADER_SIZE = 56;
    private static final int P_OFFSET = 8;
    private static final int P_FILESZ = 32;
    private static final int PPC64 = 21;

    /** The values of {@code e_machine} for which there are JVMs, as {@code os.arch} names most of them. */
    private static final Map<Integer, String> ARCHITECTURES = Map.of(
        3, "x86", PPC64, "ppc64", 22, "s390x", 40, "arm", 62, "x86_64", 183, "aarch64", 243, "riscv64",
        258, "loongarch64");

    private final RandomAccessFile file; // not a channel, which an interrupted thread could not read
    private final long size;

    private ElfFile(RandomAccessFile file) throws IOException {
        this.file = file;
        this.size = file.length();
    }

    /**
     * Returns if the file may be a library for this machine. A file that cannot be read is left to the JVM, whose
     * message says why.
     *
     * @throws UnsatisfiedLinkError if it is not, with {@code what} and {@code cure} in its message
     */
    static void requireFits(String what, File file, String cure) {
        if (!file.isFile())
            return;
        String fault;
        try (RandomAccessFile opened = new RandomAccessFile(file, "r")) {
            fault = new ElfFile(opened).fault();
        } catch (IOException e) {
            return;
        }
        if (fault != null)
            throw NativeLibrary.failure(what + " " + fault + " (" + cure + ")", null);
    }

    /** The architecture of this JVM, as {@code uname} names it. */
    static String thisArchitecture() {
        String architecture = System.getProperty("os.arch");
        return "amd64".equals(architecture) ? "x86_64" : architecture;
    }

    /** Returns what is wrong with the file, or null. */
    private String fault() throws IOException {
        if (size == 0)
            return "is empty";
        ByteBuffer header = read(0, HEADER_SIZE);
        if (header == null || header.getInt(0) != MAGIC)
            return "is not a library: it has no ELF header";
        header.order(header.get(EI_DATA) == ELFDATA2LSB ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        String fault = faultOfMachine(header);
        return fault != null ? fault : faultOfSize(header);
    }

    /** An architecture without a name here is accepted only by a JVM whose architecture has none here, either. */
    private static String faultOfMachine(ByteBuffer header) {
        int number = Short.toUnsignedInt(header.getShort(E_MACHINE));
        String its = ARCHITECTURES.getOrDefault(number, "machine " + number);
        if (number == PPC64 && header.order() == ByteOrder.LITTLE_ENDIAN)
            its += "le";
        String ours = thisArchitecture();
        boolean known = ARCHITECTURES.containsKey(number)
            || ARCHITECTURES.containsValue(ours.replace("ppc64le", "ppc64"));
        if (known && !its.equals(ours))
            return "is for " + its + ", but this JVM is for " + ours;
        if (header.get(EI_CLASS) != ELFCLASS64 || header.order() != ByteOrder.nativeOrder())
            return "is for another kind of " + its + ": this JVM needs 64 bits and the byte order "
                + ByteOrder.nativeOrder();
        return null;
    }

    private String faultOfSize(ByteBuffer header) throws IOException {
        int programHeaders = Short.toUnsignedInt(header.getShort(E_PHNUM));
        int sectionHeaders = Short.toUnsignedInt(header.getShort(E_SHNUM));
        if (header.getShort(E_PHENTSIZE) != PROGRAM_HEADER_SIZE || programHeaders == 0)
            return "is not a library: it has no program headers";
        ByteBuffer table = read(header.getLong(E_PHOFF), programHeaders * PROGRAM_HEADER_SIZE);
        if (table != null)
            table.order(header.order());
        boolean whole = table != null && contains(header.getLong(E_SHOFF),
            (long) sectionHeaders * Short.toUnsignedInt(header.getShort(E_SHENTSIZE)));
        for (int at = 0; whole && at < table.capacity(); at += PROGRAM_HEADER_SIZE)
            whole = contains(table.getLong(at + P_OFFSET), table.getLong(at + P_FILESZ));
        return whole ? null : "is incomplete: its headers refer to bytes after its end, at " + size;
    }

    private boolean contains(long offset, long length) {
        return offset >= 0 && length >= 0 && offset <= size - length;
    }

    /** Returns null if the file ends before. */
    private ByteBuffer read(long offset, int length) throws IOException {
        if (!contains(offset, length))
            return null;
        byte[] bytes = new byte[length];
        file.seek(offset);
        file.readFully(bytes);
        return ByteBuffer.wrap(bytes);
    }
}
