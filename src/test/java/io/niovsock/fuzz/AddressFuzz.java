// SPDX-License-Identifier: Apache-2.0
package io.niovsock.fuzz;

import io.niovsock.VsockSocketAddress;

import java.nio.charset.StandardCharsets;

/** The text of an address: {@link VsockSocketAddress#parse}. */
public final class AddressFuzz {
    private AddressFuzz() { }

    public static void fuzzerTestOneInput(byte[] input) {
        VsockSocketAddress address;
        try {
            address = VsockSocketAddress.parse(new String(input, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException refused) {
            return;
        }
        check(address);
    }

    /** What holds for every address. */
    static void check(VsockSocketAddress address) {
        require(address.getCid() >= 0 && address.getCid() <= VsockSocketAddress.CID_ANY, address);
        require(address.getVsockPort() >= 0 && address.getVsockPort() <= VsockSocketAddress.PORT_ANY, address);
        require(address.equals(VsockSocketAddress.parse(address.toString())), address);
        require(address.equals(VsockSocketAddress.of(address.getCid(), address.getVsockPort())), address);
        require(address.getPort() == (address.getVsockPort() & 0xffff), address);
        require(!address.isUnresolved(), address);
    }

    static void require(boolean holds, Object what) {
        if (!holds)
            throw new AssertionError(what);
    }
}
