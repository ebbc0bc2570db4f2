// SPDX-License-Identifier: Apache-2.0
package io.niovsock.image;

import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What an image must keep for lookups at run time, and its text as {@code reachability-metadata.json}. */
final class Metadata {
    private static final class Type {
        private final TreeSet<String> methods = new TreeSet<>();
        private final TreeSet<String> fields = new TreeSet<>();
        private final TreeSet<String> all = new TreeSet<>();
        private boolean jni;
    }

    private final Map<String, Type> types = new TreeMap<>();
    private final List<String> proxied = new ArrayList<>();
    private final List<String> resources = new ArrayList<>();

    /** A class that is looked up by name, in either notation. */
    void type(String name) {
        of(name);
    }

    /** A class that native code looks up. */
    void jni(String name) {
        of(name).jni = true;
    }

    /** A member, with a descriptor as the JVM has it; a field's is not used. */
    void member(String type, String name, String descriptor) {
        if (descriptor.startsWith("("))
            of(type).methods
                .add("{ \"name\": \"" + name + "\", \"parameterTypes\": [" + parameters(descriptor) + "] }");
        else
            of(type).fields.add("{ \"name\": \"" + name + "\" }");
    }

    /** The class that native code names may inherit the member. An image finds it in the class that declares it. */
    void jniMember(String type, String name, String descriptor) {
        jni(type);
        String owner = declaring(type.replace('/', '.'), name, descriptor);
        jni(owner);
        member(owner, name, descriptor);
    }

    /** Members that this JDK does not have, and fields, stay with the class that is named. */
    private static String declaring(String type, String name, String descriptor) {
        if (!descriptor.startsWith("(") || name.equals("<init>"))
            return type;
        try {
            Class<?>[] parameters = MethodType.fromMethodDescriptorString(descriptor, null).parameterArray();
            for (Class<?> owner = Class.forName(type, false, null); owner != null; owner = owner.getSuperclass())
                for (Method method : owner.getDeclaredMethods())
                    if (method.getName().equals(name) && Arrays.equals(method.getParameterTypes(), parameters))
                        return owner.getName();
        } catch (ClassNotFoundException | TypeNotPresentException e) {
            // a class of another JDK
        }
        return type;
    }

    /** All declared members of a kind. */
    void all(String type, String kind) {
        of(type).all.add("\"allDeclared" + kind + "\": true");
    }

    /** An interface that a {@code Proxy} implements. */
    void proxied(String type) {
        proxied.add(type);
    }

    void resource(String glob) {
        resources.add(glob);
    }

    private Type of(String name) {
        return types.computeIfAbsent(name.replace('/', '.'), any -> new Type());
    }

    private static String parameters(String descriptor) {
        String complete = descriptor.endsWith(")") ? descriptor + "V" : descriptor;
        return MethodType.fromMethodDescriptorString(complete, Metadata.class.getClassLoader()).parameterList().stream()
            .map(type -> "\"" + type.getTypeName() + "\"").collect(Collectors.joining(", "));
    }

    @Override
    public String toString() {
        Stream<String> named = types.entrySet().stream().map(entry -> text(entry.getKey(), entry.getValue()));
        Stream<String> proxies = proxied.stream()
            .map(type -> "    {\n      \"type\": { \"proxy\": [\"" + type + "\"] }\n    }");
        String reflection = Stream.concat(named, proxies).collect(Collectors.joining(",\n"));
        String globs = resources.stream().map(glob -> "    { \"glob\": \"" + glob + "\" }")
            .collect(Collectors.joining(",\n"));
        return "{\n  \"reflection\": [\n" + reflection + "\n  ],\n  \"resources\": [\n" + globs + "\n  ]\n}\n";
    }

    private static String text(String name, Type type) {
        List<String> lines = new ArrayList<>(List.of("\"type\": \"" + name + "\""));
        if (type.jni)
            lines.add("\"jniAccessible\": true");
        lines.addAll(type.all);
        if (!type.methods.isEmpty())
            lines.add("\"methods\": " + list(type.methods));
        if (!type.fields.isEmpty())
            lines.add("\"fields\": " + list(type.fields));
        return "    {\n      " + String.join(",\n      ", lines) + "\n    }";
    }

    private static String list(TreeSet<String> members) {
        return "[\n        " + String.join(",\n        ", members) + "\n      ]";
    }
}
