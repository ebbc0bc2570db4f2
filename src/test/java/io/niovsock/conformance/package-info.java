// SPDX-License-Identifier: Apache-2.0
/**
 * The cases of Go's {@code nettest.TestConn} (golang.org/x/net/nettest), written anew for Java: what every connection
 * must do, whatever carries it. {@link io.niovsock.conformance.ConnectionContract} has the cases that need no limit of
 * time, {@link io.niovsock.conformance.TimedReadContract} and {@link io.niovsock.conformance.TimedContract} those that
 * need one for reads, and for both directions. The JDK's own TCP is held to each contract too.
 *
 * <p>A connection of Go has a deadline for each direction, which ends operations that are under way, and after which
 * the connection can be used again. Java has less than that:
 *
 * <ul>
 * <li>A socket of java.net has {@code SO_TIMEOUT}, for reads that begin later. WriteTimeout and PresentTimeout are left
 *     out, and so are the writes of the other cases of limits.
 * <li>A blocking channel has no limit at all. RacyRead and all cases named after a timeout are left out, except that
 *     CloseTimeout is about a close.
 * <li>A channel with a selector has what Go has: the limit is that of the selection.
 * <li>An asynchronous channel has a limit for each operation, and can cancel one. After that, the channel no longer
 *     reads, or writes, and the buffer is undefined. RacyRead is left out, and no case goes on after a limit.
 * </ul>
 */
package io.niovsock.conformance;
