// SPDX-License-Identifier: Apache-2.0
/**
 * The kernel's vsock, its emulation over AF_UNIX, and guests behind AF_UNIX sockets of their monitors. They differ in
 * socket addresses, ports, options, records, datagrams and the facts about a machine; the channels above do not know
 * which of them they use.
 */
package io.niovsock.internal.transport;
