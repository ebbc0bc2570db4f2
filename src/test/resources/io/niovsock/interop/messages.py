# SPDX-License-Identifier: Apache-2.0
"""The other end of records and datagrams, written against the kernel alone.

    messages.py TRANSPORT answer-datagrams
    messages.py TRANSPORT send-datagrams CID PORT MAXIMUM
    messages.py TRANSPORT answer-records
    messages.py TRANSPORT send-records CID PORT

TRANSPORT is `kernel` (AF_VSOCK), or how the abstract names of AF_UNIX begin
before /CID/PORT, such as niovsock. Prints its own endpoint first, as `at CID PORT`.
"""
import hashlib
import os
import random
import socket
import sys

LOCAL = 1
HOST = 2
ANY = 0xFFFFFFFF

prefix = sys.argv[1]
kernel = prefix == "kernel"


def bound(kind, listening=False):
    """Records go over loopback, CID 1; datagrams over VMCI, whose CID here is 2."""
    end = socket.socket(socket.AF_VSOCK if kernel else socket.AF_UNIX, kind)
    end.settimeout(60)
    if kernel:
        end.bind((ANY if kind == socket.SOCK_DGRAM else LOCAL, ANY))
        port = end.getsockname()[1]
        if listening:
            end.listen(1)
        print("at", HOST if kind == socket.SOCK_DGRAM else LOCAL, port, flush=True)
    else:
        port = random.randrange(1024, ANY)
        end.bind(address(LOCAL, port))
        if listening:
            end.listen(1)
        print("at", LOCAL, port, flush=True)
    return end


def address(cid, port):
    return (cid, port) if kernel else "\0%s/%d/%d" % (prefix, cid, port)


def endpoint(name):
    if kernel:
        return "%d %d" % name
    text = name.decode() if isinstance(name, bytes) else name
    return "%s %s" % tuple(text.split("/")[-2:])


def describe(data):
    return "%d %s" % (len(data), hashlib.sha256(data).hexdigest())


def answer_datagrams():
    end = bound(socket.SOCK_DGRAM)
    while True:
        data, sender = end.recvfrom(100_000)
        if data == b"end":
            return
        end.sendto((describe(data) + " " + endpoint(sender)).encode(), sender)


def send_datagrams(cid, port, maximum):
    end = bound(socket.SOCK_DGRAM)
    for size in (0, 1, 1000, maximum):
        data = os.urandom(size)
        assert end.sendto(data, address(cid, port)) == size
        answer, sender = end.recvfrom(1000)
        assert endpoint(sender) == "%d %d" % (cid, port), sender
        assert answer.decode() == hashlib.sha256(data).hexdigest(), answer


def answer_records():
    listener = bound(socket.SOCK_SEQPACKET, listening=True)
    end, _ = listener.accept()
    end.settimeout(60)
    while True:
        data = end.recv(300_000)
        if not data:
            return
        end.send(describe(data).encode())


def send_records(cid, port):
    end = bound(socket.SOCK_SEQPACKET)
    end.connect(address(cid, port))
    for size in (1, 2, 70_000, 3):
        assert end.send(b"") == 0
        assert end.send(os.urandom(size)) == size
    end.shutdown(socket.SHUT_WR)
    assert end.recv(10) == b""


{"answer-datagrams": answer_datagrams, "send-datagrams": send_datagrams,
 "answer-records": answer_records, "send-records": send_records}[sys.argv[2]](*map(int, sys.argv[3:]))
