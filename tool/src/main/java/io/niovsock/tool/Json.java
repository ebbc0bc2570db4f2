// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import java.util.Map;

/**
 * Writes JSON (RFC 8259), in ASCII. A value is null, a truth value, a number, a map, a list, or anything else by its
 * text. A number that JSON does not have, such as infinity, is null.
 */
final class Json {
    private static final int FIRST_PRINTABLE = ' ';
    private static final int LAST_PRINTABLE = '~';

    private final StringBuilder text = new StringBuilder();

    private Json() { }

    static String of(Object value) {
        Json json = new Json();
        json.value(value);
        return json.text.toString();
    }

    private void value(Object value) {
        if (value instanceof Map<?, ?> map)
            object(map);
        else if (value instanceof Iterable<?> elements)
            array(elements);
        else if (value == null || value instanceof Double number && !Double.isFinite(number))
            text.append("null");
        else if (value instanceof Boolean || value instanceof Number)
            text.append(value);
        else
            string(value.toString());
    }

    private void object(Map<?, ?> map) {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            text.append(separator);
            string(entry.getKey().toString());
            text.append(':');
            value(entry.getValue());
            separator = ",";
        }
        text.append(map.isEmpty() ? "{}" : "}");
    }

    private void array(Iterable<?> elements) {
        String separator = "[";
        for (Object element : elements) {
            text.append(separator);
            value(element);
            separator = ",";
        }
        text.append(separator.equals("[") ? "[]" : "]");
    }

    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\')
                text.append('\\').append(c);
            else if (c >= FIRST_PRINTABLE && c <= LAST_PRINTABLE)
                text.append(c);
            else
                text.append(String.format("\\u%04x", (int) c));
        }
        text.append('"');
    }
}
