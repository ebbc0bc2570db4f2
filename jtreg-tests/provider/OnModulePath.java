// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary On the module path the provider is found too: by a module that requires the library, and by one that knows
 *     nothing of it
 * @library /lib
 * @build vsocktest.* OnModulePath
 * @run main/othervm OnModulePath
 */

import vsocktest.Check;
import vsocktest.ChildJvm;
import vsocktest.Endpoints;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

public class OnModulePath {
    /** What both modules do with the address that their argument names. */
    private static final String BODY = """
                System.out.println("named " + Main.class.getModule().isNamed()
                    + ", library " + SelectorProvider.provider().getClass().getModule());
                SocketAddress where = address(args[0]);
                try (ServerSocketChannel server = ServerSocketChannel.open().bind(where);
                     SocketChannel client = SocketChannel.open(server.getLocalAddress());
                     SocketChannel accepted = server.accept()) {
                    client.write(ByteBuffer.wrap(new byte[] { 42 }));
                    ByteBuffer one = ByteBuffer.allocate(1);
                    accepted.read(one);
                    System.out.println("received " + one.get(0) + " from " + server.getLocalAddress());
                }
            }
        }
        """;
    private static final String HEAD = """
        import java.net.*;
        import java.nio.*;
        import java.nio.channels.*;
        import java.nio.channels.spi.*;

        public class Main {
        """;
    private static final String REQUIRING = """
            static SocketAddress address(String text) {
                return io.niovsock.VsockSocketAddress.parse(text);
            }

            public static void main(String[] args) throws Exception {
        """;
    private static final String IGNORANT = """
            static SocketAddress address(String text) throws Exception {
                return (SocketAddress) Class.forName("io.niovsock.VsockSocketAddress")
                    .getMethod("parse", String.class).invoke(null, text);
            }

            public static void main(String[] args) throws Exception {
        """;

    public static void main(String[] args) throws Exception {
        String jar = ChildJvm.library().toString();
        String where = Endpoints.anyPort().toString();
        compile("requiring", "requires io.niovsock;", REQUIRING, "-p", jar);
        compile("ignorant", "", IGNORANT);
        for (String module : List.of("requiring", "ignorant"))
            ChildJvm.run("-p", jar + ":" + module, "-m", module + "/" + module + ".Main", where)
                .succeeds().prints("named true, library module io.niovsock").prints("received 42 from vsock:local:");
        ChildJvm.run("-cp", jar + ":requiring", "requiring.Main", where)
            .succeeds().prints("named false, library unnamed module").prints("received 42 from vsock:local:");
    }

    private static void compile(String module, String directives, String address, String... options) throws Exception {
        Path source = Files.createDirectories(Path.of("src", module, module));
        Path declaration = source.getParent().resolve("module-info.java");
        Files.writeString(declaration, "module " + module + " { " + directives + " }");
        Path main = source.resolve("Main.java");
        Files.writeString(main, "package " + module + ";\n" + HEAD + address + BODY);
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("-d", module, declaration.toString(), main.toString()));
        int result = ToolProvider.findFirst("javac").orElseThrow()
            .run(System.out, System.err, arguments.toArray(String[]::new));
        Check.equal(result, 0, "javac's result for the module " + module);
    }
}
