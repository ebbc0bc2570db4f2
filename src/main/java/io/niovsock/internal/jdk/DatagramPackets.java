// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.Natives;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.net.DatagramPacket;

/**
 * The two lengths of a packet: its capacity, which the program sets, and the length of the received data, which a
 * receive sets. {@code DatagramPacket} has no public method for the first.
 */
public final class DatagramPackets {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final MethodHandle CAPACITY = member("getCapacity");
    private static final MethodHandle SET_RECEIVED = member("setReceived");

    private DatagramPackets() { }

    private static MethodHandle member(String name) {
        try {
            return NATIVES.jdkMember(name);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("java.net.DatagramPacket lacks a member that nio-vsock needs", e);
        }
    }

    /** The number of bytes that a receive may put into the packet, whatever it has received before. */
    public static int capacity(DatagramPacket packet) {
        try {
            return (int) CAPACITY.invokeExact(packet);
        } catch (Throwable e) {
            throw new AssertionError("reading a field throws nothing", e);
        }
    }

    /** Sets the length of the received data, and leaves the capacity. */
    public static void setReceived(DatagramPacket packet, int length) {
        try {
            SET_RECEIVED.invokeExact(packet, length);
        } catch (Throwable e) {
            throw new AssertionError("writing a field throws nothing", e);
        }
    }
}
