// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.stream.Stream;

/** A test for every {@link ChannelKind} in every {@link ThreadKind} that this JDK has. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}, {1}")
@MethodSource("io.niovsock.testkit.ForEachChannelAndThread$Source#pairs")
public @interface ForEachChannelAndThread {
    /** All pairs of the two kinds. */
    final class Source {
        private Source() { }

        public static Stream<Arguments> pairs() {
            return Arrays.stream(ChannelKind.values())
                .flatMap(channel -> ThreadKind.available().stream().map(thread -> Arguments.of(channel, thread)));
        }
    }
}
