// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.testkit.Machine;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;

/** Skips a property on transports that may have no datagrams. */
final class OnlyEmulated implements SkipExecutionHook {
    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
        return Machine.isEmulated() ? SkipResult.doNotSkip()
            : SkipResult.skip("the kernel's loopback carries no datagrams: run this on the emulated transport");
    }
}
