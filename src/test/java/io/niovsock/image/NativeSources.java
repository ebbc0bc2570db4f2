// SPDX-License-Identifier: Apache-2.0
package io.niovsock.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

/**
 * The lookups in {@code native/*.c}, as text: each FindClass, GetMethodID and GetFieldID. A lookup whose arguments are
 * not literals must take them from one of the tables that this class knows; otherwise it fails.
 */
final class NativeSources {
    private static final Pattern MACRO = Pattern.compile("(?m)^#define (\\w+) (\"[^\"\\n]*\")$");
    private static final Pattern FIND = Pattern.compile("(?:(\\w+) = [^;]*?)?FindClass\\(env, ([^)]+)\\)");
    private static final Pattern MEMBER = Pattern.compile(
        "->Get(?:Static)?(?:Method|Field)ID\\(env, ([^\"]+?), ([^,]+), (\"[^\"]*\"|[\\w.>\\[\\]-]+)\\)");
    private static final Pattern TABLE_OF_TYPES = Pattern.compile("names\\[KINDS] = \\{([^}]*)}");
    private static final Pattern FINDER = Pattern.compile("\\[FIND_\\w+] = \\{ \"(\\w+)\", \"([^\"]+)\" }");
    private static final Pattern ROW = Pattern.compile(
        "\\{ \"\\w+\", FIND_(\\w+), \"([^\"]+)\", (?:\"(\\w+)\"|NULL), \"([^\"]+)\" }");
    private static final Pattern LITERAL = Pattern.compile("\"([^\"]*)\"");

    private final Metadata metadata;

    NativeSources(Metadata metadata) {
        this.metadata = metadata;
    }

    void read(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".c")).sorted().toList())
                if (!file.endsWith("members.c")) // its names come from JdkInternals
                    readFile(file);
        }
    }

    private void readFile(Path file) throws IOException {
        String text = withoutMacros(Files.readString(file));
        Map<String, List<String>> types = new HashMap<>();
        for (MatchResult find : FIND.matcher(text).results().toList()) {
            List<String> found = typesOf(find.group(2), text);
            found.forEach(type -> metadata.jni(type));
            if (find.group(1) != null)
                types.put(find.group(1), found);
        }
        for (MatchResult member : MEMBER.matcher(text).results().toList())
            readMember(file, member, types, text);
        for (MatchResult row : ROW.matcher(text).results().toList())
            readRow(row);
        assertEquals(count("->FindClass\\(", text), FIND.matcher(text).results().count(), () -> "classes in " + file);
        assertEquals(count("->Get\\w+ID\\(", text), MEMBER.matcher(text).results().count(), () -> "members in " + file);
    }

    private static long count(String what, String text) {
        return Pattern.compile(what).matcher(text).results().count();
    }

    private void readMember(Path file, MatchResult member, Map<String, List<String>> types, String text) {
        String owner = member.group(1).contains("GetObjectClass(env, type)") ? "type" : member.group(1);
        List<String> owners = types.get(owner);
        assertNotNull(owners, () -> file + ": of which class is " + member.group());
        if (member.group(2).startsWith("finders[")) {
            for (MatchResult finder : FINDER.matcher(text).results().toList())
                owners.forEach(type -> metadata.jniMember(type, finder.group(1), finder.group(2)));
            return;
        }
        for (String type : owners)
            metadata.jniMember(type, literal(member.group(2)), literal(member.group(3)));
    }

    /** A row of the table of {@code handles.c}: a member that Java calls by a method handle. */
    private void readRow(MatchResult row) {
        String name = row.group(3) == null ? "<init>" : row.group(3);
        boolean isField = row.group(1).endsWith("ETTER");
        metadata.member(row.group(2), name, isField ? row.group(4).substring(2) : row.group(4));
    }

    private static List<String> typesOf(String argument, String text) {
        if (argument.startsWith("\""))
            return List.of(literal(argument));
        List<String> types = new ArrayList<>();
        if (argument.startsWith("names[")) {
            Matcher table = TABLE_OF_TYPES.matcher(text);
            assertEquals(true, table.find(), "a table of names");
            LITERAL.matcher(table.group(1)).results().forEach(type -> types.add(type.group(1)));
        } else {
            assertEquals("member->owner", argument, "an argument of FindClass");
            ROW.matcher(text).results().forEach(row -> types.add(row.group(2)));
        }
        return types;
    }

    private static String withoutMacros(String text) {
        String plain = text;
        for (MatchResult macro : MACRO.matcher(text).results().toList())
            plain = plain.replaceAll("(?<![\\w\"/])" + macro.group(1) + "(?![\\w\"])",
                Matcher.quoteReplacement(macro.group(2)));
        return plain.replaceAll("\"\\s*\"", "").replaceAll("\\s+", " ");
    }

    private static String literal(String text) {
        Matcher literal = LITERAL.matcher(text);
        assertEquals(true, literal.matches(), () -> "not a literal: " + text);
        return literal.group(1);
    }
}
