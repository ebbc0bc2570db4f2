# SPDX-License-Identifier: Apache-2.0
"""The streams of src/test/c/peer.c in Python, on the kernel's vsock: `take`, `give` and `call`.

    peer.py PORT
"""
import random
import socket
import struct
import sys
import threading

CHUNK = 64 * 1024
MASK = (1 << 64) - 1


class Tally:
    def __init__(self):
        self.bytes, self.digest, self.pieces = 0, 0xCBF29CE484222325, 0

    def add(self, piece):
        digest = self.digest
        padded = piece + bytes(-len(piece) % 8)
        for (word,) in struct.iter_unpack("<Q", padded):
            digest = ((digest ^ word) * 0x100000001B3) & MASK
        self.digest = ((digest ^ len(piece)) * 0x100000001B3) & MASK
        self.bytes += len(piece)
        self.pieces += 1

    def line(self):
        return b"%d %016x %d\n" % (self.bytes, self.digest, self.pieces)


def take(end, limit):
    tally = Tally()
    while tally.bytes < limit:
        want = min(CHUNK, limit - tally.bytes)
        piece = end.recv(want, socket.MSG_WAITALL)
        if not piece:
            break
        tally.add(piece)
    end.sendall(tally.line())


def give(end, size):
    tally = Tally()
    while tally.bytes < size:
        piece = random.randbytes(min(CHUNK, size - tally.bytes))
        end.sendall(piece)
        tally.add(piece)
    end.sendall(tally.line())
    while end.recv(CHUNK):
        pass


def obey(end, command):
    word, *rest = command.split()
    if word == "take":
        take(end, int(rest[0]))
    elif word == "give":
        give(end, int(rest[0]))
    elif word == "call":
        with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as other:
            other.connect((int(rest[0]), int(rest[1])))
            obey(other, " ".join(rest[2:]))
    else:
        raise ValueError(command)


def serve(end):
    with end:
        command = b""
        while not command.endswith(b"\n"):
            byte = end.recv(1)
            if not byte:
                return
            command += byte
        obey(end, command.decode())


def main(port):
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as listener:
        listener.bind((socket.VMADDR_CID_ANY, port))
        listener.listen()
        while True:
            end, _ = listener.accept()
            threading.Thread(target=serve, args=(end,), daemon=True).start()


main(int(sys.argv[1]))
