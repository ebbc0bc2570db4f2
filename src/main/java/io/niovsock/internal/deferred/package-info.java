// SPDX-License-Identifier: Apache-2.0
/**
 * Channels that are undecided until their first address. A deferred channel delegates to the platform's channel; if the
 * address is vsock, a vsock channel replaces that delegate, under the same descriptor number.
 */
package io.niovsock.internal.deferred;
