// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/** The devices that have to do with vsock, their permissions, and whether this user has them. */
enum Device {
    VSOCK("/dev/vsock", "reports the local CID", false, "chmod a+r /dev/vsock"),
    VHOST("/dev/vhost-vsock", "gives a virtual machine its vsock", true, "add the user to the device's group"),
    VMCI("/dev/vmci", "VMware", true, "add the user to the device's group"),
    KVM("/dev/kvm", "runs virtual machines", true, "add the user to the device's group");

    private final Path path;
    private final String purpose;
    private final boolean written;
    private final String cure;

    Device(String path, String purpose, boolean written, String cure) {
        this.path = Path.of(path);
        this.purpose = purpose;
        this.written = written;
        this.cure = cure;
    }

    /** By access(2): opening the device of a host would change something. */
    Fact fact() {
        String name = "device " + path;
        if (!Files.exists(path))
            return Fact.ok(name, "does not exist (" + purpose + ')');
        boolean may = Files.isReadable(path) && (!written || Files.isWritable(path));
        String answer = permissions() + (may ? ", this user may open it (" : ", this user may not open it (")
            + purpose + ')';
        return may ? Fact.ok(name, answer) : Fact.note(name, answer, cure);
    }

    private String permissions() {
        try {
            PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class);
            return PosixFilePermissions.toString(attributes.permissions()) + ' ' + attributes.owner().getName() + ' '
                + attributes.group().getName();
        } catch (IOException e) {
            return "permissions unknown";
        }
    }
}
