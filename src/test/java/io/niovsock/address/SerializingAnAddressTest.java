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
import java.io.ObjectStreamConstants;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SerializingAnAddressTest {
    /** Writes an address whose Internet address has been exchanged underway, as a forged stream would have it. */
    private static final class Forger extends ObjectOutputStream {
        private final InetAddress forged;

        Forger(ByteArrayOutputStream out, InetAddress forged) throws IOException {
            super(out);
            this.forged = forged;
            enableReplaceObject(true);
        }

        @Override
        protected Object replaceObject(Object object) {
            return object instanceof InetAddress ? forged : object;
        }
    }

    private static byte[] written(Object object) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        return bytes.toByteArray();
    }

    private static byte[] forged(InetAddress inside) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new Forger(bytes, inside)) {
            out.writeObject(VsockSocketAddress.of(3, 5000));
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

    @ParameterizedTest
    @ValueSource(strings = { "127.0.0.1", "::1", "ff11:76:736f:636c::3", "ff11:76:736f:636b:0:1::3" })
    void aForgedStreamIsRefused(String ip) throws Exception {
        byte[] bytes = forged(InetAddress.getByName(ip));

        String message = assertThrows(InvalidObjectException.class, () -> read(bytes)).getMessage();
        assertTrue(message.contains(InetAddress.getByName(ip).getHostAddress()), message);
    }

    @Test
    void aForgedEndpointIsStillTheEndpointThatItSays() throws Exception {
        byte[] bytes = forged(VsockSocketAddress.of(7, 0).getAddress());

        assertEquals(VsockSocketAddress.of(7, 5000), read(bytes));
    }

    /** The stream ends with the fields addr and hostname, and the end of the object: here null and a name. */
    @Test
    void anUnresolvedNameInAForgedStreamIsRefused() throws Exception {
        byte[] nulls = forged(null);
        byte[] named = Arrays.copyOf(nulls, nulls.length + 3);
        int hostname = nulls.length - 2;
        assertEquals(ObjectStreamConstants.TC_NULL, nulls[hostname], "the layout that this test relies on");
        named[hostname] = ObjectStreamConstants.TC_STRING;
        named[hostname + 1] = 0;
        named[hostname + 2] = 1;
        named[hostname + 3] = 'x';
        named[hostname + 4] = ObjectStreamConstants.TC_ENDBLOCKDATA;

        assertThrows(InvalidObjectException.class, () -> read(nulls));
        assertThrows(InvalidObjectException.class, () -> read(named));
    }
}
