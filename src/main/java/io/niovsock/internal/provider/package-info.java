/** What a provider opens, and what it hands out where vsock cannot be had. */
package io.niovsock.internal.provider;
