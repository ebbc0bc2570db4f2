// SPDX-License-Identifier: Apache-2.0
/**
 * Counts what happens to the vsock sockets of this JVM, and tells Flight Recorder of it while that records. The
 * channels call this room where they open, connect, accept, fail and close; reads and writes do not.
 */
package io.niovsock.internal.monitor;
