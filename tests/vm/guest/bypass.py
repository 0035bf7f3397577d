#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Try to reach a marker behind the gate's back, as whoever runs this.

    bypass.py usbfs NODE OUT-ENDPOINT TEXT	detach the driver, send TEXT in bulk
    bypass.py i2c NODE ADDRESS OFFSET HEX	write to an EEPROM through i2c-dev
    bypass.py file PATH OFFSET HEX		write to an attribute or a node

Exit 0: it went through. 1: refused for want of permission, which is what the
rules are for. 2: it failed in another way, which proves nothing.
"""

import ctypes
import errno
import fcntl
import os
import struct
import sys

USBDEVFS_BULK = 0xC0185502
USBDEVFS_CLAIMINTERFACE = 0x8004550F
USBDEVFS_IOCTL = 0xC0105512
USBDEVFS_DISCONNECT = 0x5516
I2C_SLAVE_FORCE = 0x0706


def usbfs(node, endpoint, text):
    data = ctypes.create_string_buffer(text.encode(), len(text.encode()))
    fd = os.open(node, os.O_RDWR)
    try:
        fcntl.ioctl(fd, USBDEVFS_IOCTL, struct.pack("iiP", 0, USBDEVFS_DISCONNECT, 0))
    except OSError as err:
        if err.errno != errno.ENODATA:      # no driver was bound
            raise
    fcntl.ioctl(fd, USBDEVFS_CLAIMINTERFACE, struct.pack("I", 0))
    fcntl.ioctl(fd, USBDEVFS_BULK,
                struct.pack("IIIxxxxP", int(endpoint, 0), len(data), 5000,
                            ctypes.addressof(data)))


def i2c(node, address, offset, data):
    fd = os.open(node, os.O_RDWR)
    fcntl.ioctl(fd, I2C_SLAVE_FORCE, int(address, 0))
    os.write(fd, struct.pack(">H", int(offset, 0)) + bytes.fromhex(data))


def file(path, offset, data):
    fd = os.open(path, os.O_WRONLY)
    os.pwrite(fd, bytes.fromhex(data), int(offset, 0))


def main(argv):
    way = {"usbfs": (usbfs, 3), "i2c": (i2c, 4), "file": (file, 3)}.get(argv[0] if argv else "")
    if not way or len(argv) != 1 + way[1]:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        way[0](*argv[1:])
    except PermissionError:
        return 1
    except OSError as err:
        print(f"# {argv[0]} {argv[1]}: {err}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
