// SPDX-License-Identifier: Apache-2.0
package io.niovsock.library;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Build;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Some causes of a failure pass, such as a moment without descriptors. Then vsock is available without a new JVM. */
class LibraryThatComesLaterTest {
    @TempDir
    private Path folder;

    static final class OpenUntilItIsThere {
        public static void main(String[] args) throws Exception {
            System.out.println("opened " + opens());
            Files.copy(Path.of(args[0]), Path.of(System.getProperty("io.niovsock.library")));
            Await.until(() -> "the library is there, but is not loaded", OpenUntilItIsThere::opens);
            System.out.println("opened " + opens());
        }

        private static boolean opens() {
            try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                return channel.isOpen();
            } catch (IOException e) {
                return false;
            }
        }
    }

    @Test
    void isLoadedByALaterAttempt() throws Exception {
        Path library = new Build(folder).nativeLibrary();
        ChildJvm jvm = ChildJvm.of(OpenUntilItIsThere.class).arguments(library)
            .property("io.niovsock.library", folder.resolve("later.so"));
        assertEquals(List.of("opened false", "opened true"), jvm.run().succeeded().lines());
    }
}
