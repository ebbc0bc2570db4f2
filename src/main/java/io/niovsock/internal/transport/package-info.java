// SPDX-License-Identifier: Apache-2.0
/**
 * The kernel's vsock and its emulation over AF_UNIX. They differ in socket addresses, ports, options, records,
 * datagrams and the facts about a machine; the channels above do not know which of the two they use.
 */
package io.niovsock.internal.transport;
