package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.Natives;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.DatagramPacket;

/**
 * The two lengths of a packet: how much it may take, which the program sets, and how much it has, which a receive sets. The
 * first has no public method. Both fields have the same names on JDK 17, 21 and 25.
 */
public final class DatagramPackets {
    private static final VarHandle CAPACITY = find("bufLength");
    private static final VarHandle LENGTH = find("length");

    private DatagramPackets() { }

    private static VarHandle find(String field) {
        try {
            MethodHandles.Lookup javaNet = Natives.socketImplLookup();
            return MethodHandles.privateLookupIn(DatagramPacket.class, javaNet).findVarHandle(DatagramPacket.class, field, int.class);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("java.net.DatagramPacket has no " + field, e);
        }
    }

    /** How many bytes a receive may put into the packet, whatever it has received before. */
    public static int capacity(DatagramPacket packet) {
        return (int) CAPACITY.get(packet);
    }

    /** Sets what the packet has received, and leaves what it may take. */
    public static void setReceived(DatagramPacket packet, int length) {
        LENGTH.set(packet, length);
    }
}
