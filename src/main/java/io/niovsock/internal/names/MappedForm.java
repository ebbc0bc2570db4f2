// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.names;

import java.util.Arrays;

/** The bytes of a vsock-mapped IPv6 address: the prefix, the high half of the port, a zero half, the CID. */
public final class MappedForm {
    private static final byte[] PREFIX = { (byte) 0xff, 0x11, 0, 'v', 's', 'o', 'c', 'k' };
    private static final int PORT_INDEX = 8;
    private static final int ZERO_INDEX = 10;
    private static final int CID_INDEX = 12;
    private static final int LENGTH = 16;

    private MappedForm() { }

    /** Returns whether the bytes of an IP address have this form. */
    public static boolean is(byte[] address) {
        return address.length == LENGTH && half(address, ZERO_INDEX) == 0
            && Arrays.equals(address, 0, PREFIX.length, PREFIX, 0, PREFIX.length);
    }

    /** The bytes for an endpoint. The low half of its port is not among them. */
    public static byte[] of(long cid, long port) {
        byte[] address = Arrays.copyOf(PREFIX, LENGTH);
        putHalf(address, PORT_INDEX, port >>> 16);
        putHalf(address, CID_INDEX, cid >>> 16);
        putHalf(address, CID_INDEX + 2, cid);
        return address;
    }

    /** The IPv6 literal for an endpoint, as the JDK writes it. */
    public static String literal(long cid, long port) {
        return "ff11:76:736f:636b:" + Long.toHexString(port >>> 16) + ":0:" + Long.toHexString(cid >>> 16) + ":"
            + Long.toHexString(cid & 0xFFFF);
    }

    /** The CID in an address of this form. */
    public static long cid(byte[] address) {
        return half(address, CID_INDEX) << 16 | half(address, CID_INDEX + 2);
    }

    /** The high half of the port in an address of this form. */
    public static long highPort(byte[] address) {
        return half(address, PORT_INDEX);
    }

    /** The unsigned 16-bit number in network order at the given index. */
    private static long half(byte[] bytes, int index) {
        return (bytes[index] & 0xFFL) << 8 | bytes[index + 1] & 0xFF;
    }

    private static void putHalf(byte[] bytes, int index, long value) {
        bytes[index] = (byte) (value >>> 8);
        bytes[index + 1] = (byte) value;
    }
}
