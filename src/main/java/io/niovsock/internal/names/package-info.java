// SPDX-License-Identifier: Apache-2.0
/** Literals and names of addresses, without a name service: the mapped form, the file of host names. */
package io.niovsock.internal.names;
