#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill-when.py STATE PID SECONDS: SIGKILL to PID as soon as a unit is in STATE.

Asks the daemon's socket without a pause, so that a state that lasts only for the
next step's length is caught. Says "watching" once it has an answer: start it first,
what is to be caught afterwards. Exit 1 when the time is over first.
"""

import http.client
import json
import os
import signal
import socket
import sys
import time

state, pid, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
end = time.monotonic() + seconds
watching = False
wire = http.client.HTTPConnection("localhost", timeout=10)
while time.monotonic() < end:
    try:
        if wire.sock is None:
            wire.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            wire.sock.connect("/run/hallmark/hallmarkd.sock")
        wire.request("GET", "/v1/units?state=" + state)
        if json.loads(wire.getresponse().read())["units"]:
            os.kill(pid, signal.SIGKILL)
            sys.exit(0)
        if not watching:
            print("watching", flush=True)
            watching = True
    except (OSError, http.client.HTTPException):
        wire.close()
sys.exit(1)
