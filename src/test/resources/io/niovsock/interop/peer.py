# SPDX-License-Identifier: Apache-2.0
"""The other end of a connection, written against the kernel alone.

    peer.py TRANSPORT serve
    peer.py TRANSPORT connect CID PORT [NAME]

TRANSPORT is `kernel` (AF_VSOCK), or how the abstract names of AF_UNIX begin
before /CID/PORT, such as niovsock. The client sends bytes and ends its half;
the server answers with their number, their SHA-256 and the endpoint that it
sees, in one line. A client of the emulated transport may have another NAME than that of an
endpoint, with \\0 for a NUL byte; `-` is none at all.
"""
import hashlib
import random
import socket
import sys

LOCAL = 1
PORT_ANY = 0xFFFFFFFF
SIZE = 3 * 1024 * 1024 + 1


def new_socket(transport):
    family = socket.AF_VSOCK if transport == "kernel" else socket.AF_UNIX
    end = socket.socket(family, socket.SOCK_STREAM)
    end.settimeout(60)
    return end


def bind(end, transport):
    if transport == "kernel":
        end.bind((LOCAL, PORT_ANY))
        return
    while True:
        try:
            end.bind("\0%s/%d/%d" % (transport, LOCAL, random.randrange(1024, PORT_ANY)))
            return
        except OSError:
            pass  # in use


def endpoint(address, transport):
    if transport == "kernel":
        return "%d %d" % address
    name = address.decode() if isinstance(address, bytes) else address
    return "%s %s" % tuple(name.split("/")[-2:])


def serve(transport):
    listener = new_socket(transport)
    bind(listener, transport)
    listener.listen(1)
    print("listening", endpoint(listener.getsockname(), transport), flush=True)
    end, peer = listener.accept()
    end.settimeout(60)
    digest, size = hashlib.sha256(), 0
    while True:
        data = end.recv(100_000)
        if not data:
            break
        digest.update(data)
        size += len(data)
    end.sendall(("%d %s %s\n" % (size, digest.hexdigest(), endpoint(peer, transport))).encode())
    end.close()


def connect(transport, cid, port, name=None):
    end = new_socket(transport)
    if not name:
        bind(end, transport)
    elif name != "-":
        end.bind("\0" + name.replace("\\0", "\0"))
    end.connect((cid, port) if transport == "kernel" else "\0%s/%d/%d" % (transport, cid, port))
    data = random.Random(port).randbytes(SIZE)
    end.sendall(data)
    end.shutdown(socket.SHUT_WR)
    answer = b""
    while not answer.endswith(b"\n"):
        part = end.recv(1000)
        if not part:
            break
        answer += part
    mine = name or endpoint(end.getsockname(), transport)
    print("sent", SIZE, hashlib.sha256(data).hexdigest(), mine)
    print("answer", answer.decode().strip())


if __name__ == "__main__":
    if sys.argv[2] == "serve":
        serve(sys.argv[1])
    else:
        connect(sys.argv[1], int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:])
