// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A test for the kinds of vsock channels: opened as such, or decided by an address. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}")
@EnumSource(names = { "VSOCK", "DEFERRED_VSOCK" })
public @interface ForEachVsockChannel { }
