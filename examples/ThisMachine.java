// SPDX-License-Identifier: Apache-2.0
import io.niovsock.Vsock;

/** Prints which vsock this machine has, and why something is missing. It sends nothing. */
public final class ThisMachine {
    private ThisMachine() { }

    public static void main(String[] args) {
        Vsock.report().forEach(System.out::println);
    }
}
