/** What a {@code Socket} or {@code ServerSocket} of {@code java.net} works on: TCP or vsock, as its first address says. */
package io.niovsock.internal.net;
