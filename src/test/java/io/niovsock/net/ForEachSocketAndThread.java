// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.stream.Stream;

/** A test for every {@link SocketKind} in every {@link ThreadKind} that this JDK has. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}, {1}")
@MethodSource("io.niovsock.net.ForEachSocketAndThread$Source#pairs")
@interface ForEachSocketAndThread {
    /** All pairs of the two kinds. */
    final class Source {
        private Source() { }

        static Stream<Arguments> pairs() {
            return Arrays.stream(SocketKind.values())
                .flatMap(socket -> ThreadKind.available().stream().map(thread -> Arguments.of(socket, thread)));
        }
    }
}
