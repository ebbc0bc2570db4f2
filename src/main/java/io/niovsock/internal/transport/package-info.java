/** How an endpoint becomes a socket address: by the kernel's vsock, or by its emulation. */
package io.niovsock.internal.transport;
