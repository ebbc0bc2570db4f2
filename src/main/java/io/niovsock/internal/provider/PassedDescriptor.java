// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.provider;

import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A descriptor that a service manager has passed to this process, and the name that the manager gave it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man3/sd_listen_fds.3.html">sd_listen_fds(3)</a>
 */
record PassedDescriptor(int fd, String name) {
    private static final int FIRST = 3;
    private static final String UNNAMED = "unknown"; // the default of sd_listen_fds_with_names(3)

    /**
     * The descriptors that the environment declares for the process with that ID; empty if they are for another
     * process.
     *
     * @throws IOException if the variables cannot be read, or declare more descriptors than are open
     */
    static List<PassedDescriptor> in(Map<String, String> environment, long pid) throws IOException {
        if (!environment.containsKey("LISTEN_PID") || !environment.containsKey("LISTEN_FDS")
            || number(environment, "LISTEN_PID", Long.MAX_VALUE) != pid)
            return List.of();
        int count = (int) number(environment, "LISTEN_FDS", Integer.MAX_VALUE - FIRST);
        int last = FIRST + count - 1;
        if (count > 0 && Transport.typeOf(last) == -Errno.EBADF) // this bounds the list
            throw new IOException("LISTEN_FDS=" + count + ": descriptor " + last + " is not open in this process");
        String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
        List<PassedDescriptor> passed = new ArrayList<>();
        for (int i = 0; i < count; i++)
            passed.add(new PassedDescriptor(FIRST + i, i < names.length && !names[i].isEmpty() ? names[i] : UNNAMED));
        return passed;
    }

    private static long number(Map<String, String> environment, String variable, long max) throws IOException {
        String text = environment.get(variable);
        try {
            long number = Long.parseLong(text);
            if (number >= 0 && number <= max)
                return number;
        } catch (NumberFormatException e) {
            // below
        }
        throw new IOException(variable + "=" + text + ": expected a number from 0 to " + max);
    }

    @Override
    public String toString() {
        return "descriptor " + fd + " of LISTEN_FDS (" + name + ")";
    }
}
