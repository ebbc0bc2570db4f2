// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.Vsock;
import io.niovsock.tool.Fact.Verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The lines of {@link Vsock#report()}, each with a verdict. */
final class ReportFacts {
    private static final String SEPARATOR = ": ";
    private static final String NO = "no ";

    /** {@code no (reason; cure)}. */
    private static final Pattern NO_WITH_CURE = Pattern.compile("no \\((.*?); (.*)\\)");

    private ReportFacts() { }

    static List<Fact> all() {
        List<Fact> facts = new ArrayList<>();
        for (String line : Vsock.report()) {
            int end = line.indexOf(SEPARATOR);
            facts.add(fact(line.substring(0, end), line.substring(end + SEPARATOR.length())));
        }
        return facts;
    }

    private static Fact fact(String name, String answer) {
        Matcher no = NO_WITH_CURE.matcher(answer);
        return no.matches() ? new Fact(name, "no (" + no.group(1) + ')', verdict(name, answer), no.group(2))
            : new Fact(name, answer, verdict(name, answer), cure(name, answer));
    }

    private static Verdict verdict(String name, String answer) {
        return switch (name) {
            case "available" -> answer.startsWith(NO) ? Verdict.PROBLEM : Verdict.OK;
            case "SocketChannel.open()", "AsynchronousSocketChannel.open()" ->
                answer.equals("of nio-vsock") ? Verdict.OK : Verdict.PROBLEM;
            case "sockets of that family" ->
                !answer.startsWith(NO) ? Verdict.OK : isWithGuests() ? Verdict.NOTE : Verdict.PROBLEM;
            case "role" -> answer.equals("none") ? Verdict.PROBLEM : Verdict.OK;
            case "loopback" -> answer.startsWith(NO) ? Verdict.NOTE : Verdict.OK;
            case "local CID" -> answer.startsWith("unknown") ? Verdict.NOTE : Verdict.OK;
            case "transport" -> answer.equals("kernel") ? Verdict.OK : Verdict.NOTE;
            default -> Verdict.OK; // what most machines and programs do not need
        };
    }

    private static String cure(String name, String answer) {
        return switch (name) {
            case "role" -> answer.equals("none") ? "this machine reaches no endpoint: in a virtual machine, give it a"
                + " vsock device and modprobe vmw_vsock_virtio_transport; on a host, modprobe vhost_vsock; to reach"
                + " itself, modprobe vsock_loopback" : null;
            case "transport" -> answer.equals("emulated") ? "endpoints are names of AF_UNIX sockets of this machine;"
                + " without -Dio.niovsock.transport=emulated, they are the kernel's" : null;
            default -> null;
        };
    }

    /** Attached guests are reached without the kernel's vsock. */
    private static boolean isWithGuests() {
        return System.getProperty("io.niovsock.hybrid") != null;
    }
}
