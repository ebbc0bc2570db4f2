// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockSocketAddress;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;

/**
 * The command line of the tool. A subcommand is a {@code Callable<Integer>}, which returns the exit status. It prints
 * to the {@link Output} of its parent, this object.
 */
@Command(name = "nio-vsock", versionProvider = Version.class, mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT, usageHelpAutoWidth = true, synopsisSubcommandLabel = "COMMAND",
    description = "Diagnoses and uses vsock (AF_VSOCK) on this machine.",
    subcommands = { Doctor.class, ListSockets.class, CatCommand.class, PingCommand.class, BenchCommand.class,
        ProxyCommand.class },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = { "0:success", "1:failure", "2:wrong usage", "128+N:ended by signal N" })
public final class Tool implements Callable<Integer> {
    static final String NAME = "nio-vsock";

    static final int SUCCESS = 0;
    static final int FAILURE = 1;
    static final int WRONG_USAGE = 2;

    @Spec
    private CommandSpec spec;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Print the stack of an error.")
    private boolean debug;

    private final Output output;

    private Tool(Output output) {
        this.output = output;
    }

    /**
     * Runs a subcommand and ends the JVM.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        Output output = new Output();
        int status = new Tool(output).commandLine().execute(args);
        System.exit(output.finish(status));
    }

    private CommandLine commandLine() {
        return new CommandLine(this)
            .registerConverter(VsockSocketAddress.class, Endpoints::parse)
            .setOut(output.writer())
            .setParameterExceptionHandler((e, args) -> wrongUsage(e))
            .setExecutionExceptionHandler((e, command, parsed) -> failed(e, command));
    }

    /** The standard output, for subcommands. */
    Output output() {
        return output;
    }

    /** Without a subcommand, the tool prints which there are. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return WRONG_USAGE;
    }

    private static int wrongUsage(ParameterException e) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(NAME + ": " + e.getMessage());
        UnmatchedArgumentException.printSuggestions(e, err);
        err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        return WRONG_USAGE;
    }

    private int failed(Exception e, CommandLine command) {
        if (e != output.failure() && !Signals.isEnding())
            report(e, command.getErr());
        return FAILURE;
    }

    private void report(Exception e, PrintWriter err) {
        if (debug)
            e.printStackTrace(err);
        else
            err.println(NAME + ": " + textOf(e));
    }

    /** The exceptions of these types have messages for people. */
    private static String textOf(Exception e) {
        boolean told = e instanceof IOException || e instanceof IllegalArgumentException
            || e instanceof UnsupportedOperationException;
        return told && e.getMessage() != null ? e.getMessage() : e + " (--debug prints the stack)";
    }
}
