// SPDX-License-Identifier: Apache-2.0
/** VM sockets (AF_VSOCK) for {@code java.nio} and {@code java.net}. */
package io.niovsock;
