// SPDX-License-Identifier: Apache-2.0
package io.niovsock.docs;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The links between the pages of the project lead to files, and to headings, that exist: as a forge shows the pages.
 * {@code docs/site/links} checks those of the HTML pages.
 */
class LinksTest {
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#\\s]*)(?:#([^)\\s]+))?\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+)$");
    private static final Pattern CODE_BLOCK = Pattern.compile("(?ms)^ *```.*?^ *```$");

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path page : pages())
            for (MatchResult link : LINK.matcher(CODE_BLOCK.matcher(Files.readString(page)).replaceAll("")).results()
                .toList()) {
                links++;
                if (!leadsSomewhere(page, link.group(1), link.group(2)))
                    broken.add(page + ": " + link.group());
            }
        assertEquals(List.of(), broken);
        assertTrue(links > 50, "only " + links + " links were found");
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        for (String folder : List.of(".", "docs", "examples", "applications", "bench/results", "jtreg-tests", "testvm"))
            try (DirectoryStream<Path> found = Files.newDirectoryStream(Path.of(folder), "*.md")) {
                found.forEach(pages::add);
            }
        return pages;
    }

    private static boolean leadsSomewhere(Path page, String file, String anchor) {
        Path target = file.isEmpty() ? page : page.resolveSibling(file);
        return Files.exists(target) && (anchor == null || anchorsOf(target).contains(anchor));
    }

    /** The anchors that GitHub gives to the headings of a page. */
    private static List<String> anchorsOf(Path page) {
        try {
            String text = CODE_BLOCK.matcher(Files.readString(page)).replaceAll("");
            return HEADING.matcher(text).results().map(heading -> heading.group(1).toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "").strip().replace(' ', '-')).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
