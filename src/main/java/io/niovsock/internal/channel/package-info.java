// SPDX-License-Identifier: Apache-2.0
/** The vsock channels, and their trunk: the descriptor, which all of them have. */
package io.niovsock.internal.channel;
