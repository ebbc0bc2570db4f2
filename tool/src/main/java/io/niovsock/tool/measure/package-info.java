// SPDX-License-Identifier: Apache-2.0
/** The engines of the subcommands {@code ping} and {@code bench}. */
package io.niovsock.tool.measure;
