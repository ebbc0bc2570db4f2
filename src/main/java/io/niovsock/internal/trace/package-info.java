// SPDX-License-Identifier: Apache-2.0
/** Tells the user of a program what each of its sockets became, and why. Off unless asked for. */
package io.niovsock.internal.trace;
