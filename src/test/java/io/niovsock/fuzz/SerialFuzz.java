// SPDX-License-Identifier: Apache-2.0
package io.niovsock.fuzz;

import io.niovsock.VsockSocketAddress;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;

/** The serial form of an address. The filter leaves out other classes, which are not this library's. */
public final class SerialFuzz {
    private static final ObjectInputFilter FILTER = ObjectInputFilter.Config.createFilter(
        "maxarray=64;maxdepth=8;io.niovsock.VsockSocketAddress*;java.net.Inet*;java.lang.String;!*");

    private SerialFuzz() { }

    public static void fuzzerTestOneInput(byte[] input) {
        Object read;
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(input))) {
            in.setObjectInputFilter(FILTER);
            read = in.readObject();
        } catch (IOException | ClassNotFoundException | RuntimeException refused) {
            return; // RuntimeException: of the JDK's own classes, by a stream that their code does not expect
        }
        if (read instanceof VsockSocketAddress address)
            AddressFuzz.check(address);
    }
}
