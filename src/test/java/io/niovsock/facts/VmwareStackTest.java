// SPDX-License-Identifier: Apache-2.0
package io.niovsock.facts;

import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;

import java.nio.channels.SocketChannel;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * On VMware's own stack the library asks the device for the address family. Here a preloaded library simulates the
 * stack.
 */
class VmwareStackTest {
    static final class Asking {
        public static void main(String[] args) throws Exception {
            System.out.println(Vsock.addressFamily() + " " + Vsock.localCid());
            try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                System.out.println(channel.supportedOptions().contains(VsockSocketOptions.PEER_HOST_VM_ID)
                    + " " + channel.supportedOptions().contains(VsockSocketOptions.NONBLOCK_TXRX));
                System.out.println(channel.getOption(VsockSocketOptions.PEER_HOST_VM_ID) + " "
                    + channel.getOption(VsockSocketOptions.TRUSTED));
            }
        }
    }

    @Test
    void theFamilyAndTheOptionsAreAskedOfIt() throws Exception {
        String preloaded = System.getenv().getOrDefault("LD_PRELOAD", ""); // a sanitizer's library must come first
        ChildJvm.Result result = ChildJvm.of(Asking.class).property("io.niovsock.transport", "kernel")
            .under("env", "LD_PRELOAD=" + preloaded + " " + CProgram.library("vmware_stack")).run().succeeded();
        assertEquals(List.of("57 4711", "true false", "77 true"), result.lines());
    }
}
