// SPDX-License-Identifier: Apache-2.0
package io.niovsock.fuzz;

import io.niovsock.VsockPeers;

import java.nio.charset.StandardCharsets;

/** The text of a set of peers: {@link VsockPeers#parse}. */
public final class PeersFuzz {
    private PeersFuzz() { }

    public static void fuzzerTestOneInput(byte[] input) {
        VsockPeers peers;
        try {
            peers = VsockPeers.parse(new String(input, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException refused) {
            return;
        }
        AddressFuzz.require(peers.equals(VsockPeers.parse(peers.toString())), peers);
    }
}
