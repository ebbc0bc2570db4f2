// SPDX-License-Identifier: Apache-2.0
/**
 * The work of the provider: it finds out whether this JVM can have vsock, opens channels, and finds the sockets that
 * the process was started with.
 */
package io.niovsock.internal.provider;
