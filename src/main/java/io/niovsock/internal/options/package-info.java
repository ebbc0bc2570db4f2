// SPDX-License-Identifier: Apache-2.0
/** The rules for options of vsock sockets, and the options that were set before a socket was decided. */
package io.niovsock.internal.options;
