// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.testkit.AgentJar;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

/** Plain sockets of java.net under a rule, in a JVM with the agent: each case of {@link PlainSockets} is a test. */
class AgentTest {
    private static final int CASES = 9;
    private static final String NEEDS_21 = "JDK 17 does not call Socket.createImpl: run on 21 or later";

    @TempDir
    Path folder;

    @TestFactory
    List<DynamicTest> plainSocketsByTheAgentsFactory() throws Exception {
        return cases("");
    }

    @TestFactory
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = NEEDS_21)
    List<DynamicTest> plainSocketsThatTheAgentRedirects() throws Exception {
        return cases("redirect");
    }

    private List<DynamicTest> cases(String argument) throws Exception {
        Process jvm = ChildJvm.of(PlainSockets.class).withTestPlatform().option("-esa")
            .option(AgentJar.option(folder, argument)).property("io.niovsock.rules", "127.0.0.1=local").start();
        List<DynamicTest> cases = new ArrayList<>();
        StringBuilder stack = new StringBuilder();
        try (BufferedReader output = jvm.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                String text = stack.append(line).append('\n').toString();
                if (line.startsWith(PlainSockets.PASSED))
                    cases.add(DynamicTest.dynamicTest(line.substring(PlainSockets.PASSED.length()), () -> { }));
                else if (line.startsWith(PlainSockets.FAILED))
                    cases.add(DynamicTest.dynamicTest(line.substring(PlainSockets.FAILED.length()), () -> fail(text)));
                else
                    continue;
                stack.setLength(0);
            }
            assertEquals(0, jvm.waitFor(), stack::toString);
        } finally {
            jvm.destroyForcibly();
        }
        assertEquals(CASES * ThreadKind.available().size(), cases.size(), stack::toString);
        return cases;
    }
}
