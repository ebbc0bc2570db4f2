// SPDX-License-Identifier: Apache-2.0
/**
 * The engine of the subcommand {@code proxy}: it passes connections on between vsock, TCP and Unix sockets. A few
 * threads serve all connections, each thread with a selector of its own ({@code EventLoop}).
 */
package io.niovsock.tool.proxy;
