// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockSocketAddress;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One line of {@code ls}: a socket.
 *
 * @param type {@code stream}, {@code seqpacket} or {@code dgram}
 * @param state one of {@link #LISTENING} and others, for people
 * @param local the endpoint that it is bound to
 * @param remote the endpoint that it is connected to, or null: none, or not known
 * @param inode the number of the socket
 * @param path the AF_UNIX socket file, or null
 */
record Row(String type, String state, VsockSocketAddress local, VsockSocketAddress remote, long inode, String path) {
    static final String LISTENING = "listening";
    static final String CONNECTED = "connected";
    static final String CONNECTING = "connecting";
    static final String CLOSING = "closing";
    static final String UNCONNECTED = "unconnected";

    static final String FORMAT = "%-9s  %-11s  %-24s  %-24s  %s";

    static String nameOfType(int number) {
        return switch (number) {
            case 1 -> "stream";
            case 2 -> "dgram";
            case 5 -> "seqpacket";
            default -> Integer.toString(number);
        };
    }

    String toLine(List<Holder> holders) {
        String processes = holders.isEmpty() ? "-"
            : holders.stream().map(Holder::toString).collect(Collectors.joining(", "));
        return String.format(FORMAT, type, state, local, remote == null ? "-" : remote,
            path == null ? processes : processes + "  at " + path);
    }

    Map<String, Object> toMap(List<Holder> holders) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("type", type);
        map.put("state", state);
        map.put("local", local);
        map.put("remote", remote);
        map.put("inode", inode);
        map.put("path", path);
        map.put("processes", holders.stream().map(Holder::toMap).toList());
        return map;
    }
}
