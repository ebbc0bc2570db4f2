import io.niovsock.Vsock;

/** Says what vsock this machine has, and where something is missing, why. It sends nothing. */
public final class ThisMachine {
    private ThisMachine() { }

    public static void main(String[] args) {
        Vsock.report().forEach(System.out::println);
    }
}
