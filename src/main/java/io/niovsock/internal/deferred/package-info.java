/** Channels that are undecided until their first address makes them the platform's or vsock. */
package io.niovsock.internal.deferred;
