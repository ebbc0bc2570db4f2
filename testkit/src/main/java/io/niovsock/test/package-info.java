// SPDX-License-Identifier: Apache-2.0
/**
 * A test kit for programs that use vsock: a host and its guests in one JVM, without a virtual machine, with faults on
 * demand. Reads, writes, selectors and sockets are the library's own; only the names of endpoints are emulated.
 *
 * <p> {@link io.niovsock.test.VsockExtension} brings machines to the tests of JUnit 5;
 * {@link io.niovsock.test.VsockMachines#create()} does for other tests. The kernel's vsock is never reached.
 */
package io.niovsock.test;
