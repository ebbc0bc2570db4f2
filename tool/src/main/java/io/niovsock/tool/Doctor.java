// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockSocketAddress;
import io.niovsock.tool.Fact.Verdict;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Examines this machine, this JVM and its class path. Without an endpoint, it sends nothing. */
@Command(name = "doctor", description = "Says what keeps vsock from working here, and what helps.%n",
    footer = { "", "Each line is ok, a note or a problem. Without ENDPOINT, nothing is sent.",
        "To examine the class path of a program:",
        "  java -cp CLASSPATH io.niovsock.internal.tool.Launcher doctor" })
final class Doctor implements Callable<Integer> {
    private static final double MILLIS = 1000;
    private static final double LONGEST = 3600;

    @ParentCommand
    private Tool tool;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "ENDPOINT",
        description = "Connect there, send no byte, and say what is in the way: vsock:CID:PORT or CID:PORT.")
    private VsockSocketAddress endpoint;

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "5",
        description = "How long to wait for the connection (default: ${DEFAULT-VALUE}).")
    private double timeout;

    @Option(names = "--json", description = "Print an array of objects.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (!(timeout > 0 && timeout <= LONGEST))
            throw new ParameterException(spec.commandLine(), "--timeout " + timeout + " is not between 0 and 3600");
        List<Fact> facts = examine();
        if (json)
            tool.output().println(Json.of(facts.stream().map(Fact::toMap).toList()));
        else
            print(facts);
        return count(facts, Verdict.PROBLEM) == 0 ? Tool.SUCCESS : Tool.FAILURE;
    }

    private List<Fact> examine() throws IOException {
        List<Fact> facts = new ArrayList<>(KernelFacts.all());
        for (Device device : Device.values())
            facts.add(device.fact());
        facts.addAll(JvmFacts.all());
        facts.addAll(ReportFacts.all());
        if (endpoint != null)
            facts.addAll(new Trial(endpoint, (int) Math.ceil(timeout * MILLIS)).facts());
        return facts;
    }

    private void print(List<Fact> facts) throws IOException {
        for (Fact fact : facts)
            fact.printTo(tool.output());
        tool.output().println("problems: " + count(facts, Verdict.PROBLEM) + ", notes: "
            + count(facts, Verdict.NOTE));
    }

    private static long count(List<Fact> facts, Verdict verdict) {
        return facts.stream().filter(fact -> fact.verdict() == verdict).count();
    }
}
