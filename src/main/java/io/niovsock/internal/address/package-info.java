/** Which addresses are vsock: by their type, by a rule, by their mapped form. */
package io.niovsock.internal.address;
