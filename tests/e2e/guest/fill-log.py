#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""fill-log.py MARKER: send measured cancels (~JA, no answer) until the gate's log is full.

Prints how many there were. Exit 1 where the gate says anything but ENOSPC in the end.
"""

import ctypes
import errno
import fcntl
import os
import struct
import sys

MARK = 0xC078B701
QUERY = 2

payload = ctypes.create_string_buffer(b"~JA\r\n", 5)
fd = os.open(sys.argv[1], os.O_RDWR)
for n in range(100000):
    job = bytearray(struct.pack("<II16sQIIII72x", 120, QUERY, os.urandom(16),
                                ctypes.addressof(payload), 5, 0, 5000, 0))
    try:
        fcntl.ioctl(fd, MARK, job)
    except OSError as err:
        print(n)
        sys.exit(err.errno != errno.ENOSPC)
sys.exit(1)
