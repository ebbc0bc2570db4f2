import io.niovsock.Vsock;

import java.io.IOException;

/** Says what vsock this machine has. It sends nothing. */
public final class ThisMachine {
    private ThisMachine() { }

    public static void main(String[] args) {
        System.out.println("transport: " + Vsock.transport());
        System.out.println("local CID: " + localCid());
        System.out.println("loopback: " + (Vsock.isLoopbackAvailable() ? "yes" : "no"));
    }

    private static String localCid() {
        try {
            return Long.toString(Vsock.localCid());
        } catch (IOException e) {
            return "unknown: " + e.getMessage();
        }
    }
}
