// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.VsockSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SerializingAnAddressTest {
    private static byte[] written(Object object) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        return bytes.toByteArray();
    }

    private static Object read(byte[] bytes) throws IOException, ClassNotFoundException {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            return in.readObject();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = { "vsock:3:5000", "vsock:local:0", "vsock:host:65536", "vsock:hypervisor:1", "vsock:any:any",
        "vsock:4294967294:2147483648" })
    void anAddressComesBackEqualAndVsock(String text) throws Exception {
        VsockSocketAddress address = VsockSocketAddress.parse(text);

        VsockSocketAddress back = assertInstanceOf(VsockSocketAddress.class, read(written(address)));
        assertEquals(address, back);
        assertEquals(address.hashCode(), back.hashCode());
        assertEquals(text, back.toString());
        assertEquals(address.getHostString(), back.getHostString());
    }

    @Test
    void theInternetAddressInItStandsByItself() throws Exception {
        VsockSocketAddress address = VsockSocketAddress.of(42, 70_000);
        InetSocketAddress plain = new InetSocketAddress(address.getAddress(), address.getPort());

        InetSocketAddress back = (InetSocketAddress) read(written(plain));
        assertEquals(InetSocketAddress.class, back.getClass());
        assertEquals(address, back);
        assertEquals(address, VsockSocketAddress.ofMapped(back));
    }

    /** The serial form of the first versions: the fields of the superclass, which need not be those of an endpoint. */
    @Test
    void theFieldsOfTheSuperclassAreNoSerialForm() throws Exception {
        VsockSocketAddress address = VsockSocketAddress.of(3, 5000);
        for (InetAddress ip : new InetAddress[] { address.getAddress(), InetAddress.getByName("::1") })
            assertRefused(renamed(written(new SelfHolder(ip, 5000))));
    }

    @Test
    void noStreamKeepsAnAddressWhoseFieldsDisagree() throws Exception {
        SelfHolder holder = new SelfHolder(VsockSocketAddress.of(3, 5000).getAddress(), 5000);
        assertRefused(renamed(written(new Object[] { holder, holder.self })));
    }

    private static void assertRefused(byte[] stream) {
        String message = assertThrows(InvalidObjectException.class, () -> read(stream)).getMessage();
        assertTrue(message.contains("VsockSocketAddress"), message);
    }

    private static byte[] renamed(byte[] stream) {
        String forger = SelfHolder.class.getName();
        String name = VsockSocketAddress.class.getName();
        assertEquals(forger.length(), name.length());
        return new String(stream, ISO_8859_1).replace(forger, name).getBytes(ISO_8859_1);
    }

    /** Every pair of numbers that the stream can hold is an endpoint. */
    @Test
    void whateverNumbersAStreamHoldsAreAnEndpoint() throws Exception {
        byte[] written = written(VsockSocketAddress.of(0x1234_5678, 0x9ABC_DEF0L));
        for (int bit = 0; bit < 64; bit++) {
            byte[] changed = written.clone();
            int last = changed.length - 1 - bit / 8;
            changed[last] ^= (byte) (1 << bit % 8);
            VsockSocketAddress read = assertInstanceOf(VsockSocketAddress.class, read(changed));
            long difference = (read.getCid() ^ 0x1234_5678) << 32 | (read.getVsockPort() ^ 0x9ABC_DEF0L);
            assertEquals(1L << bit, difference);
            assertEquals(VsockSocketAddress.of(read.getCid(), read.getVsockPort()).getAddress(), read.getAddress());
        }
    }
}
