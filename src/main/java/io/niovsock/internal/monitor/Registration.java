// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.monitor;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Registers the counters with the JVM's server of MBeans, once. A failure is logged, and no operation of a channel
 * fails for it. Loaded only if the user wants it.
 */
final class Registration {
    private static final String NAME = "io.niovsock:type=Vsock";
    private static final int COPIES = 100;
    private static final AtomicBoolean done = new AtomicBoolean();

    private Registration() { }

    static void ensureDone() {
        if (!done.get() && done.compareAndSet(false, true)) // first: the server of MBeans may open a socket
            register();
    }

    private static void register() {
        try {
            Server.register();
        } catch (Exception | LinkageError e) { // to name JMException here would take the module
            System.getLogger("io.niovsock").log(System.Logger.Level.WARNING,
                NAME + " could not be registered (it needs the module java.management): " + e, e);
        }
    }

    /** What cannot be linked without the module {@code java.management}. */
    private static final class Server {
        private Server() { }

        /** A class loader that has the library, too, may have taken the name. Then the next copy has a number. */
        static void register() throws JMException {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            ObjectName name = new ObjectName(NAME);
            for (int copy = 2; !isRegistered(server, name); copy++) {
                if (copy > COPIES)
                    throw new InstanceAlreadyExistsException(name.toString());
                name = new ObjectName(NAME + ",copy=" + copy);
            }
        }

        private static boolean isRegistered(MBeanServer server, ObjectName name) throws JMException {
            try {
                server.registerMBean(Counters.statistics(), name);
                return true;
            } catch (InstanceAlreadyExistsException taken) {
                return false;
            }
        }
    }
}
