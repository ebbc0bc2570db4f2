// SPDX-License-Identifier: Apache-2.0
package io.niovsock.monitor;

import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Records what a program does, and prints the events of this library, one a line: {@code Connect remote=… error=…}. */
final class RecordedEvents {
    static final List<String> NAMES = List.of("Connect", "Accept", "Close", "Reset");
    private static final String PREFIX = "io.niovsock.";
    private static final Set<String> OF_EVERY_EVENT = Set.of("startTime", "duration", "eventThread", "stackTrace");

    private RecordedEvents() { }

    interface Program {
        void run() throws Exception;
    }

    static void print(Program program) throws Exception {
        Path file = Files.createTempFile("events", ".jfr");
        try (Recording recording = new Recording()) {
            for (String name : NAMES)
                recording.enable(PREFIX + name);
            recording.start();
            program.run();
            recording.stop();
            recording.dump(file);
            print(file);
        } finally {
            Files.delete(file);
        }
    }

    private static void print(Path file) throws IOException {
        for (RecordedEvent event : RecordingFile.readAllEvents(file))
            if (event.getEventType().getName().startsWith(PREFIX))
                System.out.println(line(event));
    }

    private static String line(RecordedEvent event) {
        StringBuilder line = new StringBuilder(event.getEventType().getName().substring(PREFIX.length()));
        for (ValueDescriptor field : event.getFields()) {
            Object value = event.getValue(field.getName());
            if (!OF_EVERY_EVENT.contains(field.getName()))
                line.append(' ').append(field.getName()).append('=').append(value);
        }
        line.append(" micros=").append(event.getDuration().toNanos() / 1000);
        return line.append(" by=").append(programOf(event)).toString();
    }

    /** The first class of a stack trace that is not the library's or the JDK's. */
    private static String programOf(RecordedEvent event) {
        if (event.getStackTrace() == null)
            return null;
        return event.getStackTrace().getFrames().stream().filter(RecordedFrame::isJavaFrame)
            .map(frame -> frame.getMethod().getType().getName())
            .filter(name -> name.startsWith("io.niovsock.monitor.")).findFirst().orElse("none");
    }
}
