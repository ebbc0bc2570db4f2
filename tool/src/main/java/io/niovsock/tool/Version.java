// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.Vsock;
import picocli.CommandLine.IVersionProvider;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The version of the library that the tool came with, and a digest of the native methods. */
final class Version implements IVersionProvider {
    private static final String RESOURCE = "/META-INF/native/version";

    @Override
    public String[] getVersion() throws IOException {
        return new String[] { Tool.NAME + ' ' + ofLibrary() };
    }

    static String ofLibrary() throws IOException {
        try (InputStream version = Vsock.class.getResourceAsStream(RESOURCE)) {
            return version == null ? "unknown" : new String(version.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }
}
