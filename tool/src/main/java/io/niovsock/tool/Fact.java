// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One line of {@code doctor}.
 *
 * @param name what was asked
 * @param answer the answer, for people
 * @param verdict what the answer means for vsock
 * @param cure what helps, or null
 */
record Fact(String name, String answer, Verdict verdict, String cure) {

    enum Verdict {
        OK,
        /** Something is missing, or is not as usual, that many programs do not need. */
        NOTE,
        /** Vsock does not work with this. */
        PROBLEM
    }

    static Fact ok(String name, String answer) {
        return new Fact(name, answer, Verdict.OK, null);
    }

    static Fact note(String name, String answer, String cure) {
        return new Fact(name, answer, Verdict.NOTE, cure);
    }

    static Fact problem(String name, String answer, String cure) {
        return new Fact(name, answer, Verdict.PROBLEM, cure);
    }

    void printTo(Output output) throws IOException {
        output.println(String.format("%-8s %s: %s", word(), name, answer));
        if (cure != null && verdict != Verdict.OK)
            output.println(String.format("%-8s   -> %s", "", cure));
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", name);
        map.put("answer", answer);
        map.put("verdict", word());
        map.put("cure", cure);
        return map;
    }

    private String word() {
        return verdict.name().toLowerCase(Locale.ROOT);
    }
}
