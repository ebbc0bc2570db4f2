// SPDX-License-Identifier: Apache-2.0
/**
 * What {@code java -jar} runs first. The tool itself is a jar in this library's jar. So its classes, and those of its
 * command-line library, are not on the class path of a program that uses this library. What the tool needs of the
 * native library is here as well.
 */
package io.niovsock.internal.tool;
