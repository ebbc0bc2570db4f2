// SPDX-License-Identifier: Apache-2.0
package io.niovsock.natives;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The table of errors, row by row, by Linux's numbers: an independent copy of the constants that Java gets from C. */
class ErrnoTest {
    private static final VsockSocketAddress ENDPOINT = VsockSocketAddress.of(42, 5000);
    private static final boolean PRIVILEGED = true;

    @BeforeAll
    static void loadTheLibrary() {
        Natives.initialize();
    }

    private static void assertIs(Class<? extends IOException> type, IOException e, String... parts) {
        assertEquals(type, e.getClass(), e::toString);
        for (String part : parts)
            assertTrue(e.getMessage().contains(part), () -> "'" + part + "' is not in: " + e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "EPERM, 1", "ENOENT, 2", "EINTR, 4", "EBADF, 9", "EAGAIN, 11", "ENOMEM, 12", "EACCES, 13", "ENODEV, 19",
            "EPIPE, 32",
        "ENOPROTOOPT, 92", "ESOCKTNOSUPPORT, 94", "EOPNOTSUPP, 95", "EAFNOSUPPORT, 97", "EADDRINUSE, 98",
        "EADDRNOTAVAIL, 99", "ENETUNREACH, 101", "ECONNABORTED, 103", "ECONNRESET, 104", "ENOTCONN, 107",
            "ENOTSOCK, 88",
            "ETIMEDOUT, 110",
        "ECONNREFUSED, 111", "EHOSTUNREACH, 113", "EINPROGRESS, 115",
    })
    void theNumbersAreThoseOfLinux(String name, int number) throws ReflectiveOperationException {
        assertEquals(number, Errno.class.getField(name).getInt(null));
    }

    @ParameterizedTest
    @CsvSource({ "104", "111" })
    void aConnectThatIsResetOrRefusedIsRefused(int errno) {
        IOException refused = Errno.connectFailed(errno, ENDPOINT);
        assertIs(ConnectException.class, refused, "connect to vsock:42:5000", "no listener");
        assertTrue(refused.getMessage().startsWith("Connection refused: "), refused::getMessage);
        assertFalse(refused.getMessage().contains("reset"), "of programs that look for a reset, none means this");
    }

    @Test
    void aConnectThatTimesOutNamesTheOption() {
        assertIs(ConnectException.class, Errno.connectFailed(110, ENDPOINT), "connect to vsock:42:5000",
            "CONNECT_TIMEOUT",
            "Connection timed out");
    }

    @ParameterizedTest
    @CsvSource({ "19, No such device", "113, No route to host", "101, Network is unreachable" })
    void aConnectWithoutATransportNamesTheModules(int errno, String text) {
        assertIs(NoRouteToHostException.class, Errno.connectFailed(errno, ENDPOINT), "connect to vsock:42:5000", text,
            "vmw_vsock_virtio_transport", "vhost_vsock", "vsock_loopback");
    }

    @Test
    void aConnectByWayOfTheHostSaysWhatThatTakes() {
        assertIs(SocketException.class, Errno.connectToHostFailed(22, ENDPOINT), "connect to vsock:42:5000", "TO_HOST",
            "Linux 5.11");
        assertIs(NoRouteToHostException.class, Errno.connectToHostFailed(19, ENDPOINT), "connect to vsock:42:5000",
            "TO_HOST",
            "no transport to a host", "vmw_vsock_virtio_transport");
        assertIs(ConnectException.class, Errno.connectToHostFailed(104, ENDPOINT), "Connection refused",
            "connect to vsock:42:5000");
    }

    /** The answer of vhost for a CID that no machine has, if the socket is for records. */
    @Test
    void aConnectForRecordsWithoutATransportForThem() {
        assertIs(NoRouteToHostException.class, Errno.connectFailed(94, ENDPOINT), "connect to vsock:42:5000",
            "VSOCK_SEQPACKET",
            "no machine has that CID", "Socket type not supported");
    }

    @ParameterizedTest
    @CsvSource({ "1, Operation not permitted", "12, Cannot allocate memory", "22, Invalid argument",
        "24, Too many open files" })
    void anyOtherFailedConnectSaysWhatTheSystemSays(int errno, String text) {
        assertIs(SocketException.class, Errno.connectFailed(errno, ENDPOINT), "connect to vsock:42:5000", text);
    }

    @ParameterizedTest
    @CsvSource({ "2, No such file or directory", "111, Connection refused" })
    void aConnectToAGuestWithoutAMonitorNamesItsSocket(int errno, String text) {
        assertIs(NoRouteToHostException.class, Errno.connectToGuestFailed(errno, ENDPOINT, "/run/v"),
            "connect to vsock:42:5000", "/run/v", "start the guest", text);
    }

    @Test
    void anyOtherFailedConnectToAGuestNamesItsSocket() {
        assertIs(SocketException.class, Errno.connectToGuestFailed(13, ENDPOINT, "/run/v"),
            "connect to vsock:42:5000", "not permitted to use /run/v", "Permission denied");
        assertIs(SocketException.class, Errno.connectToGuestFailed(91, ENDPOINT, "/run/v"),
            "connect to vsock:42:5000 at /run/v", "Protocol wrong type for socket");
        assertIs(ConnectException.class, Errno.connectToGuestAnswered("hello", ENDPOINT, "/run/v"),
            "connect to vsock:42:5000", "/run/v answered 'hello'");
    }

    @Test
    void aFailedBindToAFileNamesIt() {
        assertIs(BindException.class, Errno.bindToFileFailed(98, "/run/v_1"), "bind to /run/v_1", "remove it",
            "Address already in use");
        assertIs(BindException.class, Errno.bindToFileFailed(13, "/run/v_1"), "not permitted", "Permission denied");
        assertIs(SocketException.class, Errno.bindToFileFailed(2, "/run/v_1"), "bind to /run/v_1",
            "No such file or directory");
    }

    @Test
    void aConnectWithoutVsockSaysThatNoGuestIsAttached() {
        assertIs(SocketException.class, Errno.connectFailed(97, ENDPOINT), "modprobe vsock", "attached");
    }

    @ParameterizedTest
    @CsvSource({ "90, Message too long", "12, Cannot allocate memory" })
    void aRecordThatIsTooLargeNamesTheOption(int errno, String text) {
        assertIs(SocketException.class, Errno.recordFailed(errno, 5000, 4096, ENDPOINT),
            "record of 5000 bytes to vsock:42:5000",
            "4096 bytes", "BUFFER_SIZE", "nothing was sent", text);
    }

    @Test
    void aRecordThatWasCutSaysSo() {
        assertIs(SocketException.class, Errno.recordFailed(110, 5000, 4096, ENDPOINT),
            "record of 5000 bytes to vsock:42:5000",
            "only a part");
        assertIs(SocketException.class, Errno.recordTruncated(10, 4, ENDPOINT), "record of 10 bytes from vsock:42:5000",
            "room for 4",
            "last 6 were lost");
    }

    @Test
    void aDatagramToWhereNoneLeads() {
        assertIs(NoRouteToHostException.class, Errno.sendFailed(22, ENDPOINT, 5), "send 5 bytes to vsock:42:5000",
            "carries datagrams",
            "Invalid argument");
    }

    @Test
    void aBindToAPortInUse() {
        assertIs(BindException.class, Errno.bindFailed(98, ENDPOINT, !PRIVILEGED), "bind to vsock:42:5000", "in use",
            "Address already in use");
    }

    @Test
    void aBindToAnothersCid() {
        assertIs(BindException.class, Errno.bindFailed(99, ENDPOINT, !PRIVILEGED), "bind to vsock:42:5000",
            "not a CID of this machine",
            "vsock_loopback", "Cannot assign requested address");
    }

    @Test
    void aBindThatIsNotPermitted() {
        assertIs(BindException.class, Errno.bindFailed(13, ENDPOINT, PRIVILEGED), "below 1024", "CAP_NET_BIND_SERVICE",
            "Permission denied");
        IOException high = Errno.bindFailed(13, ENDPOINT, !PRIVILEGED);
        assertIs(BindException.class, high, "not permitted", "Permission denied");
        assertTrue(!high.getMessage().contains("1024"), high::getMessage);
    }

    @ParameterizedTest
    @CsvSource({ "12, Cannot allocate memory", "22, Invalid argument" })
    void anyOtherFailedBind(int errno, String text) {
        assertIs(SocketException.class, Errno.bindFailed(errno, ENDPOINT, !PRIVILEGED), "bind to vsock:42:5000", text);
    }

    @ParameterizedTest
    @CsvSource({
        "97,  modprobe vsock,  Address family not supported",
        "1,   seccomp,         Operation not permitted",
        "13,  seccomp,         Permission denied",
        "94,  SEQPACKET,       Socket type not supported",
        "24,  open a vsock,    Too many open files",
        "23,  open a vsock,    Too many open files in system",
        "12,  open a vsock,    Cannot allocate memory",
        "105, open a vsock,    No buffer space available",
    })
    void aSocketThatCannotBeMade(int errno, String part, String text) {
        assertIs(SocketException.class, Errno.socketFailed(errno), "open a vsock socket", part, text);
    }

    @ParameterizedTest
    @CsvSource({ "1", "13", "19", "94", "95", "97", "101", "113" })
    void theEmulatedTransportIsNoCure(int errno) {
        for (IOException failure : new IOException[] { Errno.socketFailed(errno), Errno.datagramSocketFailed(errno),
            Errno.connectFailed(errno, ENDPOINT), Errno.connectToHostFailed(errno, ENDPOINT) })
            assertFalse(failure.getMessage().contains("emulated"), failure::getMessage);
    }

    @ParameterizedTest
    @CsvSource({ "13, chmod", "1, chmod", "2, modprobe vsock", "25, Inappropriate ioctl" })
    void aLocalCidThatIsNotTold(int errno, String part) {
        assertIs(SocketException.class, Errno.localCidFailed(errno), "/dev/vsock", part);
    }

    /** Class and message are the platform's, and there is no cause: programs compare all three. */
    @ParameterizedTest
    @CsvSource({
        "104, java.net.SocketException, Connection reset",
        "110, java.io.IOException,      Connection timed out",
        "12,  java.io.IOException,      Cannot allocate memory",
    })
    void aReadThatFailsSaysWhatThePlatformsSays(int errno, Class<?> type, String message) {
        assertSaysNoMoreThan(type, message, Errno.readFailed(errno, ENDPOINT), "read from vsock:42:5000");
    }

    @ParameterizedTest
    @CsvSource({ "104, Connection reset by peer", "32, Broken pipe", "110, Connection timed out" })
    void aWriteThatFailsSaysWhatThePlatformsSays(int errno, String message) {
        assertSaysNoMoreThan(IOException.class, message, Errno.writeFailed(errno, ENDPOINT), "write to vsock:42:5000");
    }

    @ParameterizedTest
    @CsvSource({ "104, Connection reset by peer", "32, Broken pipe" })
    void aRecordThatIsNotTakenSaysSoToo(int errno, String message) {
        assertSaysNoMoreThan(IOException.class, message, Errno.recordFailed(errno, 10, 20, ENDPOINT),
            "write to vsock:42:5000");
    }

    private static void assertSaysNoMoreThan(Class<?> type, String message, IOException e, String attempt) {
        assertEquals(type, e.getClass(), e::toString);
        assertEquals(message, e.getMessage());
        assertNull(e.getCause());
        assertEquals(attempt, e.getSuppressed()[0].getMessage());
        StringWriter printed = new StringWriter();
        e.printStackTrace(new PrintWriter(printed));
        assertTrue(printed.toString().contains("Suppressed: java.io.IOException: " + attempt), printed::toString);
    }

    @Test
    void anythingElse() {
        assertIs(SocketException.class, Errno.failed(5, "do something"), "do something: ", "Input/output error");
        assertIs(SocketException.class, Errno.failed(9999, "do something"), "9999");
    }
}
