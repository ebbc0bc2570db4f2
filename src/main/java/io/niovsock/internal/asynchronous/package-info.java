// SPDX-License-Identifier: Apache-2.0
/**
 * Asynchronous channels. A channel is the platform's until its first address, which may replace it by a vsock channel
 * of the same group. A vsock channel tries an operation at once. If that would have to wait, a selector of the group
 * waits for it, and a thread of the platform's group completes it.
 */
package io.niovsock.internal.asynchronous;
