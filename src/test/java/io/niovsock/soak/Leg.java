// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What one JVM of the campaign has left in its folder. */
final class Leg {
    private static final String HEAD = "leg.tsv"; // of bench/soak: place, seconds planned, seconds taken, exit status

    /** A number of times that something held, and did not. */
    record Check(long held, long failed) { }

    private static final Pattern NAME = Pattern.compile("jdk(\\d+)-.*");

    final String name;
    final int jdk;
    final Path folder;
    final String place;
    final double planned;
    final double seconds;
    final int status;
    final Map<String, Long> counts = new LinkedHashMap<>();
    final Map<String, Check> checks = new LinkedHashMap<>();
    final Map<String, String> notes = new LinkedHashMap<>();
    final List<String> failures = new ArrayList<>();
    final List<Map<String, String>> rests;
    final List<Map<String, String>> samples;

    private Leg(Path folder) throws IOException {
        this.folder = folder;
        name = folder.getFileName().toString();
        Matcher version = NAME.matcher(name);
        if (!version.matches())
            throw new IllegalArgumentException(folder + " is not the folder of a leg: its name is not " + NAME);
        jdk = Integer.parseInt(version.group(1));
        String[] head = Files.readString(folder.resolve(HEAD)).strip().split("\t");
        place = head[0];
        planned = Double.parseDouble(head[1]);
        seconds = Double.parseDouble(head[2]);
        status = Integer.parseInt(head[3]);
        for (String line : lines(Soak.LEDGER))
            take(line.split("\t", -1));
        rests = table(Soak.RESTS);
        samples = table(Soak.SAMPLES);
    }

    /** The legs in the folders below this one, by name. */
    static List<Leg> all(Path campaign) throws IOException {
        List<Leg> legs = new ArrayList<>();
        try (Stream<Path> folders = Files.list(campaign)) {
            for (Path folder : folders.filter(path -> Files.exists(path.resolve(HEAD))).sorted().toList())
                legs.add(new Leg(folder));
        }
        return legs;
    }

    private void take(String... cells) {
        switch (cells[0]) {
            case "count" -> counts.put(cells[1], Long.parseLong(cells[2]));
            case "check" -> checks.put(cells[1], new Check(Long.parseLong(cells[2]), Long.parseLong(cells[3])));
            case "failure" -> failures.add(cells[1] + ": " + cells[2]);
            case "note" -> notes.put(cells[1], cells[2]);
            default -> throw new IllegalArgumentException("no such line in a ledger: " + cells[0]);
        }
    }

    /** Returns the lines of a file; none if the JVM ended before it wrote the file. */
    private List<String> lines(String file) throws IOException {
        Path path = folder.resolve(file);
        return Files.exists(path) ? Files.readAllLines(path) : List.of();
    }

    private List<Map<String, String>> table(String file) throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        List<String> lines = lines(file);
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String[] names = lines.get(0).split("\t");
            String[] cells = line.split("\t");
            if (cells.length < names.length)
                continue; // cut off when the JVM ended
            Map<String, String> row = new LinkedHashMap<>();
            for (int i = 0; i < names.length; i++)
                row.put(names[i], cells[i]);
            rows.add(row);
        }
        return rows;
    }

    /** A column of the rests over time. */
    List<Trend.Point> measured(String column) {
        return rests.stream().map(row ->
            new Trend.Point(Double.parseDouble(row.get("seconds")), Double.parseDouble(row.get(column)))).toList();
    }

    long count(String prefix) {
        return counts.entrySet().stream().filter(entry -> entry.getKey().startsWith(prefix))
            .mapToLong(Map.Entry::getValue).sum();
    }

    long failed() {
        return checks.values().stream().mapToLong(Check::failed).sum();
    }
}
