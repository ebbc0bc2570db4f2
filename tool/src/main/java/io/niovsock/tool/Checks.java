// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

import java.time.Duration;

/** Checks of the values of options; a value that is out of range is wrong usage. */
final class Checks {
    private static final double NANOS = 1e9;
    private static final double MAX_SECONDS = 1e9;

    private Checks() { }

    static Duration seconds(CommandSpec spec, String option, double seconds) {
        require(seconds >= 0 && seconds <= MAX_SECONDS, spec, option + " " + text(seconds)
            + ": expected seconds, 0 to 1000000000");
        return Duration.ofNanos((long) (seconds * NANOS));
    }

    static void atLeast(CommandSpec spec, String option, long least, long value) {
        require(value >= least, spec, option + " " + value + ": expected " + least + " or more");
    }

    static void range(CommandSpec spec, String option, long least, long most, long value) {
        require(value >= least && value <= most, spec, option + " " + value + ": expected " + least + " to " + most);
    }

    static void require(boolean holds, CommandSpec spec, String otherwise) {
        if (!holds)
            throw new ParameterException(spec.commandLine(), otherwise);
    }

    private static String text(double seconds) {
        return seconds == Math.rint(seconds) && Math.abs(seconds) < MAX_SECONDS ? Long.toString((long) seconds)
            : Double.toString(seconds);
    }
}
