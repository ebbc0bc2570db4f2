// SPDX-License-Identifier: Apache-2.0
/**
 * Listeners that accept from some peers only. The client of these tests is of the listener's machine: LOCAL is its set,
 * and HOST is not.
 */
package io.niovsock.accept;
