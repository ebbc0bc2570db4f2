# SPDX-License-Identifier: Apache-2.0
"""wire.py COMMAND...: runs a command in this network namespace, which must be one of its own, where every route leads to
the one end of a pair of virtual Ethernet devices. Prints then, in hexadecimal, each frame that has come to the other end.

Exit status: the command's; 77 where there can be no such wire."""

import socket
import subprocess
import sys

ETH_P_ALL = 3
IMPOSSIBLE = 77
HERE, THERE = "wire0", "wire1"
HARDWARE_ADDRESS = "02:00:00:00:00:02"  # of the other end
LAST = b"the last frame"


def main():
    try:
        frames = lay_wire()
    except (OSError, subprocess.CalledProcessError) as e:
        print("no pair of virtual Ethernet devices:", e)
        return IMPOSSIBLE
    status = subprocess.call(sys.argv[1:])
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.sendto(LAST, ("fd00:9::2", 9))
    frames.settimeout(10)
    while LAST not in (frame := frames.recv(65536)):
        print("frame", frame.hex())
    return status


def lay_wire():
    ip("link set lo up")
    ip(f"link add {HERE} type veth peer name {THERE} address {HARDWARE_ADDRESS}")
    with open(f"/proc/sys/net/ipv6/conf/{THERE}/disable_ipv6", "w") as setting:
        setting.write("1")  # so that what comes there is what was sent here
    ip(f"link set {THERE} up")
    frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    frames.bind((THERE, ETH_P_ALL))
    ip(f"link set {HERE} up")
    for own, gateway, options in ("10.9.0.1/24", "10.9.0.2", ""), ("fd00:9::1/64", "fd00:9::2", "nodad"):
        ip(f"address add {own} dev {HERE} {options}")
        ip(f"neighbour add {gateway} lladdr {HARDWARE_ADDRESS} dev {HERE} nud permanent")
        ip(f"route add default via {gateway}")
    return frames


def ip(arguments):
    subprocess.run(["ip", *arguments.split()], check=True, stderr=subprocess.STDOUT)


sys.exit(main())
