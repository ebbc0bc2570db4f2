// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockSocketAddress;
import picocli.CommandLine.TypeConversionException;

/** The syntax of an endpoint on the command line. */
final class Endpoints {
    private static final String PREFIX = "vsock:";

    private Endpoints() { }

    /** Reads {@code vsock:CID:PORT}, as {@link VsockSocketAddress#parse} does, or {@code CID:PORT}. */
    static VsockSocketAddress parse(String text) {
        try {
            return VsockSocketAddress.parse(text.startsWith(PREFIX) ? text : PREFIX + text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException('\'' + text + "' is no endpoint: expected vsock:CID:PORT, such as "
                + "vsock:3:5000, vsock:host:5000 or vsock:local:5000");
        }
    }
}
