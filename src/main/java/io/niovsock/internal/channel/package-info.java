// SPDX-License-Identifier: Apache-2.0
/** The channels: those of vsock, and those that wait for their first address to say whether they are. */
package io.niovsock.internal.channel;
