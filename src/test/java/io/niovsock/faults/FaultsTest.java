// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Every system call of every operation fails, with each of its errors. The operation ends with an exception that names
 * the error, or it has its effect nevertheless. It can be repeated by another thread, which can also close the channel.
 * No descriptor, thread or buffer is left behind.
 */
class FaultsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5); // for hundreds of runs, on a busy machine

    @ParameterizedTest
    @EnumSource
    void everyCallMayFail(Group group, @TempDir Path folder) throws Exception {
        if (!Machine.isEmulated() || Machine.isTestvm())
            throw Skip.because("the errors are those of the emulated transport: run with"
                + " -Dio.niovsock.transport=emulated, outside testvm/");
        if (System.getenv("LD_PRELOAD") != null)
            throw Skip.because("a sanitizer's library stands between the library and the C library: unset LD_PRELOAD");
        Path page = folder.resolve("page");
        Injector.createPage(page);
        ChildJvm.of(Sweep.class).arguments(group)
            .option("-Djdk.virtualThreadScheduler.parallelism=1") // temporary buffers are kept by carrier
            .option("-Djdk.virtualThreadScheduler.maxPoolSize=1")
            .withTestPlatform()
            .under("env", Injector.VARIABLE + "=" + page, "LD_PRELOAD=" + CProgram.library("faults"))
            .run(PATIENCE).succeeded();
    }
}
