// SPDX-License-Identifier: Apache-2.0
/** The engine of the subcommand {@code cat}: it joins a connection with the standard streams. */
package io.niovsock.tool.cat;
