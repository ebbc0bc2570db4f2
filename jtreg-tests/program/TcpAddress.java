// SPDX-License-Identifier: Apache-2.0
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Makes addresses of {@code HOST:PORT}. */
public class TcpAddress {
    public static SocketAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }
}
