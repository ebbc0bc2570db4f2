/** The native library: its loading, its methods, the numbers of C, and what becomes of its errors. */
package io.niovsock.internal.natives;
