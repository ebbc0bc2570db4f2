/** All that is used of {@code sun.nio.ch}: linked only after the native library has been loaded. */
package io.niovsock.internal.jdk;
