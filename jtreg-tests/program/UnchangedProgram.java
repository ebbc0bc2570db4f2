// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary A program that was compiled without the library, and takes its addresses from a class named on the command
 *          line, runs over TCP and over vsock
 * @library /lib
 * @run main/othervm UnchangedProgram
 */

import vsocktest.Check;
import vsocktest.ChildJvm;
import vsocktest.Endpoints;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.spi.ToolProvider;

public class UnchangedProgram {
    public static void main(String[] args) throws Exception {
        Path empty = Files.createDirectory(Path.of("empty"));
        Path source = Path.of(System.getProperty("test.src"));
        int result = ToolProvider.findFirst("javac").orElseThrow()
            .run(System.out, System.err, "-cp", empty.toString(), "-d", "classes",
            source.resolve("EchoProgram.java").toString(), source.resolve("TcpAddress.java").toString());
        Check.equal(result, 0, "javac's result");

        String classPath = "classes:" + ChildJvm.library();
        ChildJvm.run("-cp", "classes", "EchoProgram", "TcpAddress", "127.0.0.1:0")
            .succeeds().prints("echoed 1048576 over /127.0.0.1:");
        ChildJvm.run("-cp", classPath, "EchoProgram", "TcpAddress", "127.0.0.1:0")
            .succeeds().prints("echoed 1048576 over /127.0.0.1:");
        ChildJvm.run("-cp", classPath, "EchoProgram", "io.niovsock.VsockSocketAddress", Endpoints.anyPort().toString())
            .succeeds().prints("echoed 1048576 over vsock:local:");
    }
}
