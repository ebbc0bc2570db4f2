// SPDX-License-Identifier: Apache-2.0
/**
 * Decides which addresses are vsock: by their type, by a rule of the program's user, or by their mapped form. Deciding
 * never asks the name service.
 */
package io.niovsock.internal.address;
