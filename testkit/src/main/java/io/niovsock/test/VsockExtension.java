// SPDX-License-Identifier: Apache-2.0
package io.niovsock.test;

import io.niovsock.internal.transport.EmulatedMachine;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

import java.util.Optional;

/**
 * Gives the tests of JUnit 5 machines that reach each other by vsock within the JVM:
 *
 * <pre>{@code
 * @ExtendWith(VsockExtension.class)
 * class EchoTest {
 *     @Test
 *     void answers(VsockMachine host, @Guest(cid = 42) VsockMachine guest) throws Exception {
 *         host.run(() -> server.start());
 *         assertEquals("hello", guest.call(() -> client.say("hello")));
 *     }
 * }
 * }</pre>
 *
 * <p> A parameter of type {@link VsockMachine} is the host, or, with {@link Guest}, a guest; one of type
 * {@link VsockMachines} is the set of both. Each test has a set of its own, which tests that run at the same time do
 * not see. It begins with the first parameter of the test, or of its {@code @BeforeEach} methods. A set for a
 * {@code @BeforeAll} method or a constructor belongs to the class: all its tests share that.
 *
 * <p> After the test, {@link VsockMachines#requireClosed} fails it if a channel is left open; a test that has failed
 * already is not asked. Then everything of the set is closed. {@link VsockMachines#leaveOpen} turns the check off.
 */
public final class VsockExtension implements BeforeAllCallback, AfterEachCallback, AfterAllCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(VsockExtension.class);

    /** Creates the extension; {@code @ExtendWith} does, or a program for {@code @RegisterExtension}. */
    public VsockExtension() { }

    @Override
    public void beforeAll(ExtensionContext context) {
        EmulatedMachine.use();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == VsockMachine.class || type == VsockMachines.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        VsockMachines machines = machinesOf(context);
        Optional<Guest> guest = parameter.findAnnotation(Guest.class);
        if (parameter.getParameter().getType() == VsockMachine.class)
            return guest.isPresent() ? machines.guest(guest.get().cid()) : machines.host();
        if (guest.isPresent())
            throw new ParameterResolutionException("@Guest is for a VsockMachine, not for VsockMachines");
        return machines;
    }

    /** Those of the context, or of one around it; if there are none, they are created for the context. */
    private static VsockMachines machinesOf(ExtensionContext context) {
        for (Optional<ExtensionContext> each = Optional.of(context); each.isPresent(); each = each.get().getParent()) {
            VsockMachines machines = ownOrNull(each.get());
            if (machines != null)
                return machines;
        }
        return context.getStore(NAMESPACE).getOrComputeIfAbsent(context.getUniqueId(), id -> VsockMachines.create(),
            VsockMachines.class);
    }

    /** A store shows what those around it have, so the key names the context. */
    private static VsockMachines ownOrNull(ExtensionContext context) {
        return context.getStore(NAMESPACE).get(context.getUniqueId(), VsockMachines.class);
    }

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException {
        end(context);
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        end(context);
    }

    private static void end(ExtensionContext context) throws InterruptedException {
        VsockMachines machines = ownOrNull(context);
        if (machines == null)
            return;
        try (machines) {
            if (context.getExecutionException().isEmpty())
                machines.requireClosed();
        }
    }
}
