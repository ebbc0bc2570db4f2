// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import io.niovsock.VsockPeers;

import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Set;

/**
 * What a proxy may use, and how long it waits.
 *
 * @param threads how many event loops
 * @param maxPipes the most pipes for splice(2), with two descriptors each
 * @param maxConnections the most connections at a time, for all rules together
 * @param bufferSize the most bytes of one read
 * @param bufferMemory bytes of memory for data that waits for slow receivers; beyond that reads become small
 * @param backlog how many connections wait to be accepted, for each listener
 * @param connectTimeout after this, a target counts as unreachable
 * @param mode the mode of the files of Unix sockets; null for that of the umask
 * @param from the vsock peers to accept; null for every one
 */
public record Settings(int threads, int maxPipes, int maxConnections, int bufferSize, long bufferMemory, int backlog,
                       Duration connectTimeout, Set<PosixFilePermission> mode, VsockPeers from) {
}
