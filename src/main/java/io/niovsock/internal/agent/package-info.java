// SPDX-License-Identifier: Apache-2.0
/** The Java agent that the jar's manifest names: it makes the sockets of {@code java.net} undecided. */
package io.niovsock.internal.agent;
