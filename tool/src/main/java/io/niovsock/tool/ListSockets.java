// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.tool.KernelSocket;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Lists the vsock sockets of this machine, with the processes that have them. */
@Command(name = "ls", description = "Lists the vsock sockets of this machine, with their processes.%n",
    footer = { "", "The kernel's sockets are listed by its module vsock_diag. With",
        "-Dio.niovsock.transport=emulated, the emulated ones are; with",
        "-Dio.niovsock.hybrid=CID=PATH, also the listeners that the guest reaches.",
        "Other users' processes are shown to root only." })
final class ListSockets implements Callable<Integer> {
    private static final String PROPERTY = "io.niovsock.hybrid";

    @ParentCommand
    private Tool tool;

    @Option(names = { "-l", "--listening" }, description = "Only listeners.")
    private boolean listening;

    @Option(names = "--json", description = "Print an array of objects.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (Vsock.unavailabilityCause() instanceof IllegalArgumentException malformedProperty)
            throw malformedProperty;
        List<Row> rows = new ArrayList<>(Vsock.transport().equals("emulated") ? UnixSockets.emulated() : ofKernel());
        String guests = System.getProperty(PROPERTY, "");
        if (!guests.isBlank())
            rows.addAll(ofGuests(guests));
        if (listening)
            rows.removeIf(row -> !row.state().equals(Row.LISTENING));
        rows.sort(Comparator.comparing((Row row) -> !row.state().equals(Row.LISTENING)).thenComparing(Row::state)
            .thenComparing(row -> row.local().getVsockPort()).thenComparing(Row::inode));
        print(rows, Holder.bySocket());
        return Tool.SUCCESS;
    }

    private void print(List<Row> rows, Map<Long, List<Holder>> holders) throws IOException {
        if (json) {
            tool.output().println(Json.of(rows.stream().map(row -> row.toMap(of(row, holders))).toList()));
            return;
        }
        tool.output().println(String.format(Row.FORMAT, "TYPE", "STATE", "LOCAL", "REMOTE", "PROCESSES"));
        for (Row row : rows)
            tool.output().println(row.toLine(of(row, holders)));
    }

    private static List<Holder> of(Row row, Map<Long, List<Holder>> holders) {
        return holders.getOrDefault(row.inode(), List.of());
    }

    private static List<Row> ofKernel() throws IOException {
        return KernelSocket.all().stream().map(socket -> new Row(Row.nameOfType(socket.type()), state(socket.state()),
            socket.local(), isSet(socket.remote()) ? socket.remote() : null, socket.inode(), null)).toList();
    }

    private static boolean isSet(VsockSocketAddress endpoint) {
        return !endpoint.equals(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, VsockSocketAddress.PORT_ANY));
    }

    /** The states of a vsock socket are some of TCP's, of netinet/tcp.h. */
    private static String state(int number) {
        return switch (number) {
            case 1 -> Row.CONNECTED;
            case 2 -> Row.CONNECTING;
            case 7 -> Row.UNCONNECTED;
            case 10 -> Row.LISTENING;
            case 11 -> Row.CLOSING;
            default -> Integer.toString(number);
        };
    }

    /** The library has read the property, and refused a malformed one. */
    private static List<Row> ofGuests(String property) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String guest : property.split(",")) {
            int end = guest.indexOf('=');
            rows.addAll(UnixSockets.ofGuest(Long.parseLong(guest.substring(0, end).strip()),
                guest.substring(end + 1).strip()));
        }
        return rows;
    }
}
