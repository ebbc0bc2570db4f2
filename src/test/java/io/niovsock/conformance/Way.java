// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

/** A way to make a connection, with the name that a test shows. */
record Way(String name, Connector connector) {
    /** Connects a client, the subject, to its accepted peer. */
    interface Connector {
        Ends connect() throws Exception;
    }

    /** Does the same with the client as the subject, and with the accepted end. */
    void withEachEnd(Body body) throws Exception {
        try (Ends ends = connector.connect()) {
            body.run(ends.subject(), ends.peer());
        }
        try (Ends ends = connector.connect().swapped()) {
            body.run(ends.subject(), ends.peer());
        }
    }

    /** What a test does with a connection. */
    interface Body {
        void run(End subject, End peer) throws Exception;
    }

    @Override
    public String toString() {
        return name;
    }
}
