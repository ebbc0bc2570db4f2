/** What {@code channel.socket()} gives: sockets of {@code java.net} that work on a channel. */
package io.niovsock.internal.adaptor;
