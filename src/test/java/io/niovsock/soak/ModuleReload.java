// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * Removes the kernel's module of the loopback, and loads it again. While connections are open, the kernel keeps the
 * module; without it a connect fails at once; with it everything works as before, in the same JVM. Only in testvm/;
 * the property {@code niovsock.soak.modules} is the folder with the modules.
 */
final class ModuleReload implements Part {
    private static final String MODULE = "vsock_loopback";
    private static final Path FILE = Path.of(System.getProperty("niovsock.soak.modules", ""), MODULE + ".ko");
    private static final String BUSYBOX = "/run/testvm/busybox";

    @Override
    public String name() {
        return "module reload";
    }

    @Override
    public int weight() {
        return 4;
    }

    @Override
    public void run(Deadline end, Ledger ledger) throws Exception {
        do {
            try (Endpoints ends = Endpoints.connect(ChannelKind.VSOCK)) {
                Commands.Result refused = remove();
                ledger.check("a module with open connections stays", refused.status() != 0, ends);
                ledger.note("rmmod " + MODULE + " with open connections", refused.text());
            }
            // The kernel drops a closed connection a moment later.
            Await.until(() -> MODULE + " cannot be removed", () -> remove().status() == 0);
            ledger.count("modules removed and loaded again", 1);
            try (SocketChannel channel = ChannelKind.VSOCK.openClient()) {
                channel.connect(VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 5000));
                ledger.check("without the module a connect fails", false, channel);
            } catch (IOException e) {
                ledger.check("without the module a connect fails", true, e);
                ledger.note("a connect without the module", e.toString());
            } finally {
                Commands.run(BUSYBOX, "insmod", FILE.toString());
            }
            for (Way way : Way.values())
                for (Conversation conversation : way.exchange(1 << 16, true))
                    ledger.check("digests are equal after the module was loaded again",
                        conversation.incoming().isRight(), way);
        } while (!end.isOver());
    }

    private static Commands.Result remove() throws IOException, InterruptedException {
        return Commands.attempt(BUSYBOX, "rmmod", MODULE);
    }
}
