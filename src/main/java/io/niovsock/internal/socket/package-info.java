/** The {@code java.net} faces of channels. */
package io.niovsock.internal.socket;
