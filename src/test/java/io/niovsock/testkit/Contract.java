// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The outcome of every operation in every state, as a table. Tests compare the tables of two kinds of sockets. Each
 * outcome is that of a new subject.
 */
public final class Contract<K, S extends AutoCloseable> {
    /** Brings a subject of the kind into a state. */
    public interface State<K, S> {
        S make(K kind) throws Exception;
    }

    /** Does something with a subject, and returns the outcome. */
    public interface Operation<S> {
        Object run(S subject) throws Exception;
    }

    /** Does something with a subject. */
    public interface Action<S> {
        void run(S subject) throws Exception;
    }

    private static final int LARGEST_PLAIN_NUMBER = 1023; // other numbers are ports, or sizes that differ

    private final Map<String, State<K, S>> states = new LinkedHashMap<>();
    private final Map<String, Operation<S>> operations = new LinkedHashMap<>();

    public Contract<K, S> state(String name, State<K, S> state) {
        states.put(name, state);
        return this;
    }

    public Contract<K, S> value(String name, Operation<S> operation) {
        operations.put(name, operation);
        return this;
    }

    public Contract<K, S> action(String name, Action<S> action) {
        return value(name, subject -> {
            action.run(subject);
            return "done";
        });
    }

    /** The outcomes, by state and operation. After each operation, {@code afterwards} describes the subject. */
    public Map<String, String> outcomes(K kind, Operation<S> afterwards) throws Exception {
        Map<String, String> outcomes = new TreeMap<>();
        for (Map.Entry<String, State<K, S>> state : states.entrySet()) {
            for (Map.Entry<String, Operation<S>> operation : operations.entrySet()) {
                try (S subject = state.getValue().make(kind)) {
                    String outcome = outcome(operation.getValue(), subject);
                    outcomes.put(state.getKey() + ": " + operation.getKey(),
                        outcome + ", then " + outcome(afterwards, subject));
                }
            }
        }
        return outcomes;
    }

    private static <S> String outcome(Operation<S> operation, S subject) {
        try {
            return describe(operation.run(subject));
        } catch (AsynchronousCloseException e) {
            return ClosedChannelException.class.getName(); // thus JDK 17 reports some earlier closes
        } catch (Exception e) {
            return e.getClass().getName();
        }
    }

    private static String describe(Object result) {
        if (result == null || result instanceof Boolean || result instanceof String)
            return String.valueOf(result);
        if (result instanceof Number number)
            return number.longValue() > LARGEST_PLAIN_NUMBER ? "a number" : number.toString();
        return result instanceof SocketAddress || result instanceof InetAddress ? "an address"
            : result instanceof Collection ? "a collection" : "an object";
    }

    /** The differences of the second table: a line for each operation and outcome, with the states. */
    public static String differences(Map<String, String> expected, Map<String, String> actual) {
        Map<String, StringBuilder> lines = new TreeMap<>();
        expected.forEach((what, outcome) -> {
            String[] stateAndOperation = what.split(": ", 2);
            String other = actual.get(what);
            if (!outcome.equals(other))
                lines.computeIfAbsent(stateAndOperation[1] + ": " + difference(other, outcome),
                    line -> new StringBuilder()).append(" [").append(stateAndOperation[0]).append(']');
        });
        StringBuilder text = new StringBuilder();
        lines.forEach((line, states) -> text.append(line).append(states).append('\n'));
        return text.toString();
    }

    private static String difference(String other, String expected) {
        String otherAfterwards = other.substring(other.indexOf(", then "));
        return expected.endsWith(otherAfterwards)
            ? describe(other.replace(otherAfterwards, ""), expected.replace(otherAfterwards, ""))
            : describe(other, expected);
    }

    private static String describe(String other, String expected) {
        return other + "; expected: " + expected + "; in the states";
    }
}
