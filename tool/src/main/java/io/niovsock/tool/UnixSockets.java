// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The AF_UNIX sockets of this machine that stand for vsock sockets: emulated ones, and those of attached guests. */
final class UnixSockets {
    private static final Path LIST = Path.of("/proc/net/unix");
    private static final int ACCEPTS = 0x10000; // __SO_ACCEPTCON
    private static final int HEXADECIMAL = 16;

    /** Address, references, protocol, flags, type, state, inode, and the name: {@code @} for an abstract one. */
    private static final Pattern LINE = Pattern.compile(
        "[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ ([0-9A-F]+) ([0-9A-F]+) ([0-9A-F]+) +([0-9]+) (.+)", Pattern.CASE_INSENSITIVE);

    private static final Pattern ENDPOINT = Pattern.compile("(\\d{1,10})/(\\d{1,10})");
    private static final Pattern PORT = Pattern.compile("\\d{1,10}");

    private interface Reader {
        /** The row of a socket of that name, or null: it does not stand for a vsock socket. */
        Row rowOrNull(String name, String type, String state, long inode);
    }

    private UnixSockets() { }

    /** The sockets of the emulated transport, in the namespace of this JVM. */
    static List<Row> emulated() throws IOException {
        String namespace = System.getProperty("io.niovsock.emulated.namespace");
        String prefix = namespace == null ? "@niovsock/" : "@niovsock/" + namespace + '/';
        return rows((name, type, state, inode) -> {
            if (!name.startsWith(prefix))
                return null;
            Matcher endpoint = ENDPOINT.matcher(name.substring(prefix.length()));
            if (!endpoint.matches())
                return null;
            return new Row(type, state, endpoint(endpoint.group(1), endpoint.group(2)), null, inode, null);
        });
    }

    /** The sockets at which this machine's listeners hear a guest, and the connections of these listeners. */
    static List<Row> ofGuest(long cid, String socket) throws IOException {
        String prefix = socket + '_';
        VsockSocketAddress guest = VsockSocketAddress.of(cid, VsockSocketAddress.PORT_ANY);
        return rows((name, type, state, inode) -> {
            if (!name.startsWith(prefix) || !PORT.matcher(name.substring(prefix.length())).matches())
                return null;
            return new Row(type, state, endpoint("host", name.substring(prefix.length())), guest, inode, name);
        });
    }

    private static VsockSocketAddress endpoint(String cid, String port) {
        return VsockSocketAddress.parse("vsock:" + cid + ':' + port);
    }

    private static List<Row> rows(Reader reader) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(LIST)) {
            Matcher socket = LINE.matcher(line);
            Row row = socket.matches() ? reader.rowOrNull(socket.group(5), Row.nameOfType(number(socket.group(2))),
                state(number(socket.group(1)), number(socket.group(3))), Long.parseLong(socket.group(4))) : null;
            if (row != null)
                rows.add(row);
        }
        return rows;
    }

    private static int number(String hexadecimal) {
        return Integer.parseUnsignedInt(hexadecimal, HEXADECIMAL);
    }

    private static String state(int flags, int state) {
        if ((flags & ACCEPTS) != 0)
            return Row.LISTENING;
        return switch (state) { // SS_UNCONNECTED and its neighbours of linux/net.h
            case 2 -> Row.CONNECTING;
            case 3 -> Row.CONNECTED;
            case 4 -> Row.CLOSING;
            default -> Row.UNCONNECTED;
        };
    }
}
