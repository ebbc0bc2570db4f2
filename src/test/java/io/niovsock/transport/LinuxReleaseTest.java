// SPDX-License-Identifier: Apache-2.0
package io.niovsock.transport;

import io.niovsock.internal.transport.LinuxRelease;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class LinuxReleaseTest {
    @ParameterizedTest
    @CsvSource({
        "6.1.0-56-amd64, false", "6.4.16, false", "6.5.0-rc1, true", "6.18.44, true", "6.5, true",
        "5.15.167.4-microsoft, false", "5.6, false", "7.0.0, true", "10.1, true", "unknown, false", "'', false",
            "6, false", "6., false",
    })
    void aReleaseIsComparedByItsNumbers(String release, boolean isAtLeast65) {
        assertEquals(isAtLeast65, LinuxRelease.isAtLeast(release, 6, 5));
    }
}
