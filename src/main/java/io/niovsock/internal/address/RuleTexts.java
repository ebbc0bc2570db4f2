// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.address;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * The texts of the rules in a system property: a list, or {@code @FILE}, a file that has a rule in each line, beside
 * empty lines and comments that begin with {@code #}.
 */
final class RuleTexts {
    /** @param where the property, and the position of the text there */
    private record Text(String where, String text) { }

    private final List<Text> texts = new ArrayList<>();

    private RuleTexts() { }

    /**
     * Reads the value of a property.
     *
     * @param property its name
     * @param separator the character between the rules of a list
     * @throws IllegalArgumentException if the file cannot be read
     */
    static RuleTexts of(String property, String value, char separator) {
        return value.startsWith("@") ? ofFile("-D" + property + "=" + value + ": ", value.substring(1))
            : ofList("-D" + property + ": ", value, separator);
    }

    private static RuleTexts ofList(String where, String list, char separator) {
        RuleTexts all = new RuleTexts();
        if (list.isBlank())
            return all;
        String[] rules = list.split(Pattern.quote(String.valueOf(separator)), -1);
        for (int i = 0; i < rules.length; i++)
            all.texts.add(new Text(where + "rule " + (i + 1), rules[i]));
        return all;
    }

    private static RuleTexts ofFile(String where, String name) {
        RuleTexts all = new RuleTexts();
        List<String> lines;
        try {
            lines = Files.readAllLines(Path.of(name), StandardCharsets.UTF_8);
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException(where + "the file cannot be read: " + e, e);
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).replaceFirst("#.*", "");
            if (!line.isBlank())
                all.texts.add(new Text(where + "line " + (i + 1), line));
        }
        return all;
    }

    /**
     * Passes each text on, without the spaces at both ends.
     *
     * @throws IllegalArgumentException of the reader, with the property, the position and the text
     */
    void forEach(Consumer<String> reader) {
        for (Text text : texts) {
            try {
                reader.accept(text.text.strip());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(text.where + " '" + text.text + "': " + e.getMessage(), e);
            }
        }
    }
}
