#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""window.py BUNDLE STORIES: the serials that a lost boot leaves in question.

From the bundle's event logs (own reader, little of it: which jobs were measured)
and the units' stories. A unit is in the window of a boot that was cut short if one
of its jobs of that boot is not in that boot's quoted log.
"""

import json
import os
import struct
import sys

INTENT = 0x484D0002
OUTCOME = 0x484D0003


def measured(log):
    """Job ids whose INTENT and OUTCOME are both in a crypto-agile log."""
    _, _, _, size = struct.unpack_from("<II20sI", log, 0)
    spec = log[32:32 + size]
    (algorithms,) = struct.unpack_from("<I", spec, 24)
    sizes = dict(struct.unpack_from("<HH", spec, 28 + 4 * i) for i in range(algorithms))
    pos, jobs, by_seq = 32 + size, set(), {}
    while pos < len(log):
        _, _, count = struct.unpack_from("<III", log, pos)
        pos += 12
        for _ in range(count):
            (algorithm,) = struct.unpack_from("<H", log, pos)
            pos += 2 + sizes[algorithm]
        (size,) = struct.unpack_from("<I", log, pos)
        tag, _ = struct.unpack_from("<II", log, pos + 4)
        (seq,) = struct.unpack_from("<Q", log, pos + 12) if tag in (INTENT, OUTCOME) else (0,)
        if tag == INTENT:
            by_seq[seq] = log[pos + 4 + 16:pos + 4 + 32].hex()
        elif tag == OUTCOME:
            jobs.add(by_seq[seq])
        pos += 4 + size
    return jobs


def main():
    bundle, stories = sys.argv[1:3]
    covered = set()
    for boot in os.listdir(os.path.join(bundle, "boots")):
        with open(os.path.join(bundle, "boots", boot, "log"), "rb") as log:
            covered |= measured(log.read())
    with open(stories, encoding="utf-8") as text:
        for unit in json.load(text):
            jobs, lapsed = set(), set()
            for leaf in unit["story"]:
                for job in leaf["jobs"]:
                    (lapsed if job["role"] == "lapsed" else jobs).add(job["job_id"])
            if jobs - lapsed - covered:
                print(unit["serial"])


main()
