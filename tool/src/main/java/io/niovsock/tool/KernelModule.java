// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The modules of the kernel that have to do with vsock, and whether they are there. */
enum KernelModule {
    VSOCK("vsock", "sockets of AF_VSOCK", true),
    LOOPBACK("vsock_loopback", "a machine reaches itself, by CID 1", true),
    VIRTIO("vmw_vsock_virtio_transport", "guests of KVM reach their host", false),
    VHOST("vhost_vsock", "hosts reach guests of KVM", false),
    VMCI("vmw_vsock_vmci_transport", "guests of VMware, and datagrams", false),
    HYPERV("hv_sock", "guests of Hyper-V reach their host", false),
    DIAGNOSIS("vsock_diag", "`ls` lists the sockets of this machine", true);

    private static final Path LOADED = Path.of("/proc/modules");
    private static final Path PRESENT = Path.of("/sys/module");
    private static final Path RELEASE = Path.of("/proc/sys/kernel/osrelease");
    private static final Path INSTALLED = Path.of("/lib/modules");

    private final String module;
    private final String purpose;
    private final boolean usual; // useful on every kind of machine

    KernelModule(String module, String purpose, boolean usual) {
        this.module = module;
        this.purpose = purpose;
        this.usual = usual;
    }

    Fact fact() {
        String name = "module " + module;
        if (isNamedIn(LOADED, module + ' '))
            return Fact.ok(name, "loaded (" + purpose + ')');
        if (Files.isDirectory(PRESENT.resolve(module)) || isNamedIn(installed("modules.builtin"), file()))
            return Fact.ok(name, "built in (" + purpose + ')');
        if (!Files.exists(LOADED)) // what is built in leaves a trace only if it has parameters
            return Fact.ok(name, "not seen, and this kernel loads no modules (" + purpose + ')');
        String answer = "not loaded (" + purpose + ')';
        return new Fact(name, answer, usual ? Fact.Verdict.NOTE : Fact.Verdict.OK, cure());
    }

    /** The command that loads the module, and what to know if it cannot work. */
    String cure() {
        return isNamedIn(installed("modules.dep"), file()) ? "modprobe " + module
            : Files.exists(LOADED) ? "modprobe " + module + " (this file system has none for this kernel: in a"
                + " container, load it on the machine)"
            : "this kernel loads no modules: use one with " + module;
    }

    private String file() {
        return '/' + module + ".ko";
    }

    private static Path installed(String list) {
        try {
            return INSTALLED.resolve(Files.readString(RELEASE).strip()).resolve(list);
        } catch (IOException e) {
            return INSTALLED.resolve(list);
        }
    }

    /** Whether a line begins with the text, or contains it after the path of a folder. */
    private static boolean isNamedIn(Path list, String text) {
        try (Stream<String> lines = Files.lines(list)) {
            return lines.anyMatch(line -> text.startsWith("/") ? line.split(":", 2)[0].contains(text)
                : line.startsWith(text));
        } catch (IOException e) {
            return false;
        }
    }
}
