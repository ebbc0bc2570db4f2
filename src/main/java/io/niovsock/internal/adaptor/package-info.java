// SPDX-License-Identifier: Apache-2.0
/**
 * The sockets that {@code channel.socket()} returns: each is a socket of {@code java.net} that works on a channel. The
 * adaptors reach a channel through interfaces that they declare, so this package does not depend on the channels.
 */
package io.niovsock.internal.adaptor;
