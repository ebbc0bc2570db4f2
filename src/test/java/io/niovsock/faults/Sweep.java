// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.ThreadKind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that runs a group of situations with every fault: first without one, to count the calls of the operation;
 * then once for each of these calls and each error of it, and for some errors with all later calls failing, too. It
 * prints what is wrong, and ends with status 1 if anything is.
 */
final class Sweep {
    private static final int MOST_CALLS = 12; // of one function: more are repetitions
    private static final long PAUSE_NANOS = 200_000;
    private static final long SHORT_PATIENCE_NANOS = 500_000_000; // after that, a second run decides

    private final Injector injector = new Injector();
    private final List<String> wrong = new ArrayList<>();
    private int runs;
    private int situations;

    private Sweep() throws IOException { }

    public static void main(String[] args) throws Exception {
        Sweep sweep = new Sweep();
        Group group = Group.valueOf(args[0]);
        for (Map.Entry<String, Situation> situation : group.situations().entrySet())
            if (args.length == 1 || situation.getKey().contains(args[1]))
                sweep.sweep(group, situation.getKey(), situation.getValue());
        System.out.println(sweep.situations + " situations, " + sweep.runs + " runs, wrong: " + sweep.wrong.size());
        System.exit(sweep.wrong.isEmpty() && sweep.runs > sweep.situations ? 0 : 1);
    }

    private void sweep(Group group, String name, Situation situation) throws Exception {
        situations++;
        for (ThreadKind kind : group.threads()) {
            try (Worker worker = new Worker(kind)) {
                String label = name + (kind == ThreadKind.VIRTUAL ? ", virtual thread" : "");
                Map<LibraryCall, Integer> calls = Map.of();
                for (int i = 0; i < 2; i++) // the first time initializes classes and caches
                    calls = run(worker, group, label, situation, null);
                for (Fault fault : faultsOf(calls))
                    runAndCompare(worker, group, label, situation, fault);
            }
        }
    }

    private void report(String problem) {
        wrong.add(problem);
        System.out.println(problem);
    }

    private static List<Fault> faultsOf(Map<LibraryCall, Integer> calls) {
        List<Fault> faults = new ArrayList<>();
        calls.forEach((call, count) -> {
            for (int nth = 1; nth <= Math.min(count, MOST_CALLS); nth++) {
                for (LibraryCall.Failure error : call.errors) {
                    faults.add(new Fault(call, nth, error, false));
                    if (error.mayLast())
                        faults.add(new Fault(call, nth, error, true));
                }
            }
        });
        return faults;
    }

    /** A second run tells a leak from what a process acquires once and keeps. */
    private void runAndCompare(Worker worker, Group group, String name, Situation situation, Fault fault)
        throws Exception {

        String left = "";
        for (int i = 0; i < 2; i++) {
            Resources before = Resources.now();
            run(worker, group, name, situation, fault);
            left = awaitNothingBeyond(before, i == 0 ? SHORT_PATIENCE_NANOS : Machine.PATIENCE.toNanos());
            if (left.isEmpty())
                return;
        }
        report(name + ": " + fault + ": it leaves behind " + left);
    }

    private static String awaitNothingBeyond(Resources before, long patienceNanos) throws IOException {
        long deadline = System.nanoTime() + patienceNanos;
        String left = Resources.now().beyond(before);
        while (!left.isEmpty() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
            left = Resources.now().beyond(before);
        }
        return left;
    }

    private Map<LibraryCall, Integer> run(Worker worker, Group group, String name, Situation situation, Fault fault)
        throws Exception {

        runs++;
        Attempt attempt = new Attempt(injector, fault, group.origin(), group.hasThreads() || worker.isVirtual());
        String problem;
        try {
            problem = worker.call(() -> problemOf(attempt, situation, fault));
        } catch (AssertionError e) {
            throw new AssertionError(name + ": " + fault + ": " + e.getMessage(), e);
        }
        try (Background<String> other = Background.start(() -> {
            attempt.closeAll();
            return "";
        })) {
            problem += other.result();
        } catch (AssertionError e) {
            problem += ", then the close: " + e.getMessage();
        }
        if (!problem.isEmpty())
            report(name + ": " + (fault == null ? "no fault" : fault) + ": " + problem);
        if (fault == null && !problem.isEmpty())
            throw new AssertionError(wrong.toString());
        return attempt.counts();
    }

    /** Runs the situation, and judges the outcome; empty: it is as it should be. */
    private static String problemOf(Attempt attempt, Situation situation, Fault fault) {
        try {
            situation.run(attempt);
        } catch (Attempt.Ended e) {
            // its failure is judged below
        } catch (Exception | AssertionError e) {
            return describe(e);
        } catch (Error e) {
            return "an Error: " + describe(e);
        }
        if (fault == null || !attempt.hasMetFault())
            return attempt.failureOrNull() == null ? "" : "no call failed, but " + describe(attempt.failureOrNull());
        return attempt.failureOrNull() == null ? (attempt.maySucceed() ? "" : "it succeeds")
            : Verdict.of(fault, attempt.failureOrNull());
    }

    static String describe(Throwable e) {
        StringBuilder text = new StringBuilder(e.toString());
        for (Throwable suppressed : e.getSuppressed())
            text.append(" (").append(suppressed.getMessage()).append(')');
        StackTraceElement[] stack = e.getStackTrace();
        for (int i = 0; i < Math.min(5, stack.length); i++)
            text.append("\n        at ").append(stack[i]);
        return e.getCause() == null ? text.toString() : text + "\n      by " + describe(e.getCause());
    }
}
