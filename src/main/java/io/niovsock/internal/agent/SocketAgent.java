// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.agent;

import io.niovsock.VsockSocketImplFactory;

import java.io.IOException;

/**
 * Lets an unchanged program's {@code java.net} sockets reach vsock: {@code java -javaagent:nio-vsock.jar …} calls
 * {@link VsockSocketImplFactory#install()} before the program starts. The jar need not be on the class path as well.
 *
 * <p> If that fails, because another factory is set already or the native library cannot be loaded, the program starts
 * nevertheless, its sockets stay what they were, and a line on standard error says why.
 */
public final class SocketAgent {
    private SocketAgent() { }

    /**
     * Called by the JVM before the program's main method.
     *
     * @param arguments not used
     */
    public static void premain(String arguments) {
        try {
            VsockSocketImplFactory.install();
        } catch (IOException | RuntimeException e) {
            System.err.println("nio-vsock: the agent is without effect, java.net sockets stay TCP: " + e.getMessage());
        }
    }

    /**
     * Called by a JVM that is running already; its existing sockets stay what they are.
     *
     * @param arguments not used
     */
    public static void agentmain(String arguments) {
        premain(arguments);
    }
}
