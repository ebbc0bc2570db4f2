// SPDX-License-Identifier: Apache-2.0
/**
 * The implementations behind a {@code Socket} or {@code ServerSocket} of {@code java.net}: undecided, or over a vsock
 * channel. The first address makes a socket TCP or vsock. A TCP socket uses the platform's own implementation.
 */
package io.niovsock.internal.net;
