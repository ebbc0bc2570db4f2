// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.agent;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes which methods a class calls. The names of all that a class calls are in its constant pool (chapter 4.4 of the
 * Java Virtual Machine Specification); the instructions only have its indexes. So this appends the new names to the
 * pool and lets the entry of the old method refer to them. Instructions, and the types on the stack, stay as they are.
 */
public final class CallRedirection {
    /** A static method that a class calls. */
    public record Callee(String owner, String name, String descriptor) { }

    private static final int MAGIC = 0xCAFEBABE;
    private static final int UTF8 = 1;
    private static final int INTEGER = 3;
    private static final int FLOAT = 4;
    private static final int LONG = 5;
    private static final int DOUBLE = 6;
    private static final int CLASS = 7;
    private static final int STRING = 8;
    private static final int FIELD = 9;
    private static final int METHOD = 10;
    private static final int INTERFACE_METHOD = 11;
    private static final int NAME_AND_TYPE = 12;
    private static final int METHOD_HANDLE = 15;
    private static final int METHOD_TYPE = 16;
    private static final int DYNAMIC = 17;
    private static final int INVOKE_DYNAMIC = 18;
    private static final int MODULE = 19;
    private static final int PACKAGE = 20;

    /** The position of the number of entries, after magic and version. */
    private static final int COUNT = 8;

    private final ByteBuffer file;
    private final int[] positions; // of the entries' tags, by index; 0 where there is no entry
    private final int end; // of the pool
    private final ByteArrayOutputStream appended = new ByteArrayOutputStream();
    private int count;

    /**
     * Reads a class file.
     *
     * @throws IllegalArgumentException if that is not one, or has an entry that this class does not know
     */
    public CallRedirection(byte[] classFile) {
        file = ByteBuffer.wrap(classFile.clone());
        if (file.remaining() < COUNT + 2 || file.getInt(0) != MAGIC)
            throw new IllegalArgumentException("not a class file");
        count = unsigned(COUNT);
        positions = new int[count];
        int position = COUNT + 2;
        for (int i = 1; i < count; i++) {
            positions[i] = position;
            int tag = file.get(position);
            position += sizeOf(tag, position);
            if (tag == LONG || tag == DOUBLE)
                i++; // these take two indexes
        }
        end = position;
    }

    private int sizeOf(int tag, int position) {
        return switch (tag) {
            case UTF8 -> 3 + unsigned(position + 1);
            case CLASS, STRING, METHOD_TYPE, MODULE, PACKAGE -> 3;
            case METHOD_HANDLE -> 4;
            case INTEGER, FLOAT, FIELD, METHOD, INTERFACE_METHOD, NAME_AND_TYPE, DYNAMIC, INVOKE_DYNAMIC -> 5;
            case LONG, DOUBLE -> 9;
            default -> throw new IllegalArgumentException("a class file with an unknown constant, of tag " + tag);
        };
    }

    private int unsigned(int position) {
        return Short.toUnsignedInt(file.getShort(position));
    }

    private int indexAt(int entry, int offset) {
        return unsigned(positions[entry] + offset);
    }

    private boolean has(int entry, int tag) {
        return positions[entry] != 0 && file.get(positions[entry]) == tag;
    }

    private String text(int utf8) {
        int position = positions[utf8];
        return new String(file.array(), position + 3, unsigned(position + 1), StandardCharsets.UTF_8);
    }

    private String nameOfClass(int entry) {
        return text(indexAt(entry, 1));
    }

    private boolean isAppended(int entry) {
        return entry >= positions.length;
    }

    private boolean isReferenceTo(int entry, Callee method) {
        if (!has(entry, METHOD) || isAppended(indexAt(entry, 1)))
            return false;
        if (!nameOfClass(indexAt(entry, 1)).equals(method.owner))
            return false;
        int nameAndType = indexAt(entry, 3);
        return text(indexAt(nameAndType, 1)).equals(method.name)
            && text(indexAt(nameAndType, 3)).equals(method.descriptor);
    }

    /**
     * Lets every call of one static method call another one, of the same descriptor.
     *
     * @return false if the class does not call the method
     */
    public boolean redirect(Callee from, String owner, String name) {
        List<Integer> references = new ArrayList<>();
        for (int i = 1; i < positions.length; i++)
            if (isReferenceTo(i, from))
                references.add(i);
        if (references.isEmpty())
            return false;
        int newOwner = append(CLASS, appendText(owner));
        int nameAndType = append(NAME_AND_TYPE, appendText(name), appendText(from.descriptor));
        for (int reference : references) {
            file.putShort(positions[reference] + 1, (short) newOwner);
            file.putShort(positions[reference] + 3, (short) nameAndType);
        }
        return true;
    }

    /** Lets everything that names one class name another one. */
    public void rename(String from, String to) {
        for (int i = 1; i < positions.length; i++)
            if (has(i, CLASS) && !isAppended(indexAt(i, 1)) && nameOfClass(i).equals(from))
                file.putShort(positions[i] + 1, (short) appendText(to));
    }

    private int appendText(String text) {
        try {
            DataOutputStream out = new DataOutputStream(appended);
            out.writeByte(UTF8);
            out.writeUTF(text);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return next();
    }

    private int append(int tag, int... indexes) {
        appended.write(tag);
        for (int index : indexes) {
            appended.write(index >> 8);
            appended.write(index);
        }
        return next();
    }

    private int next() {
        if (count == 0xFFFF)
            throw new IllegalArgumentException("a class file with a full constant pool");
        return count++;
    }

    /** The changed class file. */
    public byte[] toBytes() {
        byte[] old = file.array();
        ByteBuffer changed = ByteBuffer.allocate(old.length + appended.size());
        changed.put(old, 0, end).put(appended.toByteArray()).put(old, end, old.length - end);
        changed.putShort(COUNT, (short) count);
        return changed.array();
    }
}
