// SPDX-License-Identifier: Apache-2.0
package io.niovsock.inherited;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Starts a JVM with sockets, by {@code src/test/c/launch.c}. */
final class Launch {
    private static final int NO_SUCH_SOCKET = 77;

    private final Class<?> program;
    private final List<String> environment = new ArrayList<>(List.of("env"));
    private final List<String> sockets = new ArrayList<>();
    private Object[] arguments = { };

    private Launch(Class<?> program) {
        this.program = program;
    }

    static Launch of(Class<?> program, Object... arguments) {
        Launch launch = new Launch(program);
        launch.arguments = arguments;
        return launch;
    }

    /** @param socket in the syntax of launch.c, such as {@code listen:stream:1:5000} */
    Launch with(String descriptors, String socket) {
        sockets.add(descriptors + "=" + socket);
        return this;
    }

    Launch with(String descriptors, String socket, VsockSocketAddress endpoint) {
        return with(descriptors, socket + ":" + endpoint.getCid() + ":" + endpoint.getVsockPort());
    }

    /** The environment that a service manager sets. */
    Launch variable(String name, Object value) {
        environment.add(name + "=" + value);
        return this;
    }

    Process start() throws IOException {
        List<String> prefix = new ArrayList<>(environment);
        prefix.add(CProgram.of("launch"));
        prefix.add(Machine.peerTransport());
        prefix.addAll(sockets);
        prefix.add("--");
        return ChildJvm.of(program).arguments(arguments).under(prefix.toArray(String[]::new)).start();
    }

    /** The output of the program. */
    List<String> run() throws Exception {
        ChildJvm.Result result = ChildJvm.finish(start());
        if (result.status() == NO_SUCH_SOCKET)
            throw Skip.because("the kernel has no such sockets here (datagrams: testvm/run --vmci): " + result.text());
        return result.succeeded().lines();
    }

    /** An endpoint that was free a moment ago. */
    static VsockSocketAddress freeEndpoint() throws IOException {
        return (VsockSocketAddress) ChannelKind.VSOCK.nobody();
    }
}
