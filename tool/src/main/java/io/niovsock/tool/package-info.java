// SPDX-License-Identifier: Apache-2.0
/** The tool that {@code java -jar nio-vsock.jar} runs: a class for each subcommand, and what they share. */
package io.niovsock.tool;
