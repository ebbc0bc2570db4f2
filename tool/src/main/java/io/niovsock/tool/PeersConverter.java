// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockPeers;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the peers that a listener accepts. */
final class PeersConverter implements ITypeConverter<VsockPeers> {
    @Override
    public VsockPeers convert(String text) {
        try {
            return VsockPeers.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
