// SPDX-License-Identifier: Apache-2.0
package io.niovsock.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a parameter of type {@link VsockMachine} as a guest. Parameters with the same CID get the same machine. A
 * parameter of that type without this annotation is the host.
 *
 * @see VsockExtension
 */
@Documented
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
public @interface Guest {
    /**
     * The CID of the guest, from 3 to 4294967294.
     *
     * @return the CID
     */
    long cid() default 3;
}
