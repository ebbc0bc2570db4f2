package io.niovsock;

import java.io.IOException;

/**
 * Lets an unchanged program's {@code java.net} sockets reach vsock: {@code java -javaagent:nio-vsock.jar …} calls
 * {@link VsockSocketImplFactory#install()} before the program starts. The jar need not be on the class path as well.
 *
 * <p> Where that fails, as another factory is set already, or the native library cannot be loaded, the program starts
 * nevertheless, its sockets stay what they were, and a line on standard error says why.
 */
public final class VsockAgent {
    private VsockAgent() { }

    /**
     * For the JVM, at its start.
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
     * For a JVM that runs already; sockets that it has stay what they are.
     *
     * @param arguments not used
     */
    public static void agentmain(String arguments) {
        premain(arguments);
    }
}
