// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.tool.net.Endpoint;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an endpoint of any family. */
final class EndpointConverter implements ITypeConverter<Endpoint> {
    @Override
    public Endpoint convert(String text) {
        try {
            return Endpoint.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
