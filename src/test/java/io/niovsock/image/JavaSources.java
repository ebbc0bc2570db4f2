// SPDX-License-Identifier: Apache-2.0
package io.niovsock.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** The lookups by name in the library's Java: classes, their members, and the members that native code checks. */
final class JavaSources {
    private static final Pattern LOOKUP = Pattern.compile("Class\\.forName\\((?:\"([\\w.]+)\"|\\w+),");
    private static final Pattern TYPE_NAME =
        Pattern.compile("\"((?:java|sun|io\\.niovsock)(?:\\.\\w+)*\\.[A-Z]\\w*)\"");
    private static final Pattern CONSTANT = Pattern.compile("String (\\w+) = \"([\\w.$]+)\";");
    private static final Pattern ALL = Pattern.compile(
        "Class\\.forName\\((\\w+), \\w+, \\w+\\)\\.getDeclared(Methods|Fields)\\(\\)");
    private static final Pattern PROXY = Pattern.compile("Proxy\\.newProxyInstance\\(");
    private static final Pattern FIELD = Pattern.compile("\\.getDeclaredField\\(\"(\\w+)\"\\)");
    private static final Pattern METHOD = Pattern.compile("\\.getMethod\\(\"(\\w+)\", ([^)]*)\\)");
    private static final Pattern METHOD_OF = Pattern.compile(
        "Class\\.forName\\((\\w+)\\)\\.getMethod\\(\"(\\w+)\"(?:, ([^)]*))?\\)");
    private static final Pattern HANDLE = Pattern.compile(
        "\\.find(?:Virtual|Static)\\((\\w+)\\.class, \"(\\w+)\", "
            + "MethodType\\.methodType\\(\\w+\\.class\\)\\)");
    private static final Pattern ANY_HANDLE = Pattern.compile(
        "\\.find(?:Virtual|Static|Special|Constructor|Getter|Setter|StaticGetter|StaticSetter)\\(");
    private static final Pattern CHECKED = Pattern.compile("\\{ \"([\\w/]+)\", \"([\\w<>]+)\",\\s+\"([^\"]+)\" },");

    private static final Path LAUNCHER = Path.of("internal/tool/Launcher.java");

    private final Metadata metadata;

    JavaSources(Metadata metadata) {
        this.metadata = metadata;
    }

    /** Reads a folder, except the launcher of the tool: it loads classes from an archive, as no image can. */
    void read(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(JavaSources::isOfAnImage).sorted().toList())
                readFile(file, Files.readString(file));
        }
    }

    /** An image starts no agent. */
    private static boolean isOfAnImage(Path file) {
        return file.toString().endsWith(".java") && !file.endsWith(LAUNCHER)
            && !file.getParent().endsWith("internal/agent");
    }

    private void readFile(Path file, String text) {
        CHECKED.matcher(text).results().forEach(row -> metadata.jniMember(row.group(1), row.group(2), row.group(3)));
        if (text.contains("Class.forName("))
            TYPE_NAME.matcher(text).results().forEach(name -> metadata.type(name.group(1)));
        ALL.matcher(text).results().forEach(all -> metadata.all(constant(text, all.group(1)), all.group(2)));
        PROXY.matcher(text).results().forEach(proxy -> metadata.proxied(constant(text, "PROXIED")));
        Matcher owner = LOOKUP.matcher(text);
        String last = null;
        while (owner.find())
            last = owner.group(1) == null ? last : owner.group(1);
        for (MatchResult field : FIELD.matcher(text).results().toList())
            metadata.member(last, field.group(1), "");
        String others = METHOD_OF.matcher(text).replaceAll("");
        for (MatchResult method : METHOD.matcher(others).results().toList())
            metadata.member(last, method.group(1), descriptor(method.group(2)));
        for (MatchResult method : METHOD_OF.matcher(text).results().toList())
            metadata.member(constant(text, method.group(1)), method.group(2), descriptor(method.group(3)));
        long handles = 0;
        for (MatchResult handle : HANDLE.matcher(text).results().toList()) {
            metadata.member("java.lang." + handle.group(1), handle.group(2), "()");
            handles++;
        }
        assertTrue(handles == ANY_HANDLE.matcher(text).results().count(),
            () -> file + " looks up a member in a way that this test does not know");
    }

    private static String constant(String text, String name) {
        return CONSTANT.matcher(text).results().filter(constant -> constant.group(1).equals(name))
            .map(constant -> constant.group(2)).findFirst().orElseThrow();
    }

    private static String descriptor(String classesOrNull) {
        StringBuilder descriptor = new StringBuilder("(");
        for (String type : classesOrNull == null ? new String[0] : classesOrNull.split(", "))
            descriptor.append(switch (type) {
                case "long.class" -> "J";
                case "Class.class" -> "Ljava/lang/Class;";
                case "boolean.class" -> "Z";
                case "String.class" -> "Ljava/lang/String;";
                case "Object.class" -> "Ljava/lang/Object;";
                case "Field.class" -> "Ljava/lang/reflect/Field;";
                default -> throw new AssertionError("a type that this test does not know: " + type);
            });
        return descriptor.append(')').toString();
    }
}
