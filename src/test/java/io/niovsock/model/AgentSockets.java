// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;

/** Sockets of {@code java.net} in a JVM with the agent, by {@code new}, and vsock by rule: {@link
 * AgentDifferenceTest} runs this. */
final class AgentSockets extends SocketProperties {
    AgentSockets() {
        super(SocketFactory.getDefault(), ServerSocketFactory.getDefault(), AgentDifferenceTest.vsock());
    }
}
