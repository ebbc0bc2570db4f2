// SPDX-License-Identifier: Apache-2.0
/** The Java agent that the jar's manifest names: it installs the factory of {@code java.net} sockets. */
package io.niovsock.internal.agent;
