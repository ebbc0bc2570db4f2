// SPDX-License-Identifier: Apache-2.0
/** Endpoints of the three families that the tool speaks, and the sockets that are opened for them. */
package io.niovsock.tool.net;
