// SPDX-License-Identifier: Apache-2.0
/**
 * The native library: its loading, its methods, C's constants, and the exceptions for the kernel's errors. Every native
 * method of this library is here.
 */
package io.niovsock.internal.natives;
