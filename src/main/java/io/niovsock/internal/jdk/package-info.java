// SPDX-License-Identifier: Apache-2.0
/**
 * The use of the JDK's internals from Java: types of {@code sun.nio.ch}, and members of {@code java.net} and
 * {@code sun.nio.ch} that are not public. Classes that name a type of {@code sun.nio.ch} can be linked only after the
 * native library has been loaded. Native code uses internals, too ({@code native/keys.c}, {@code descriptors.c},
 * {@code handles.c}, {@code platform.c}, {@code sessions.c}); {@link io.niovsock.internal.jdk.JdkInternals} lists and
 * checks most members.
 */
package io.niovsock.internal.jdk;
