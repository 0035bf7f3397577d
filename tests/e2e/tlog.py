#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tlog.py BUNDLE: the bundle's log, read by somebody else.

Root and checkpoint from the entries, every tile from the entries, the Ed25519
signature by openssl, each unit's inclusion proof. Knows the C2SP documents and
nothing of this project. Prints one line; exit 0 if all of it holds.
"""

import base64
import hashlib
import os
import struct
import subprocess
import sys
import tempfile


def sha(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha(b"\x01" + left + right)


def root_of(hashes):
    """MTH of RFC 6962, 2.1, bottom up; a lone last node goes up as it is."""
    if not hashes:
        return sha(b"")
    level = list(hashes)
    while len(level) > 1:
        above = [node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


def number(n):
    groups = []
    while True:
        groups.insert(0, "%03d" % (n % 1000))
        n //= 1000
        if not n:
            break
    return "/".join(["x" + g for g in groups[:-1]] + groups[-1:])


def read(*path):
    with open(os.path.join(*path), "rb") as f:
        return f.read()


def check(ok, what):
    if not ok:
        sys.exit("tlog.py: " + what)


def entries(bundle, size):
    found = []
    for first in range(0, size, 256):
        width = min(256, size - first)
        path = "tile/entries/" + number(first // 256) + ("" if width == 256 else ".p/%d" % width)
        data, pos, count = read(bundle, path), 0, 0
        while pos < len(data):
            (n,) = struct.unpack_from(">H", data, pos)
            check(pos + 2 + n <= len(data), path + ": cut")
            found.append(data[pos + 2:pos + 2 + n])
            pos += 2 + n
            count += 1
        check(count == width, "%s: %d entries" % (path, count))
    return found


def check_tiles(bundle, hashes):
    level, row = 0, hashes
    while row:
        for first in range(0, len(row), 256):
            part = row[first:first + 256]
            path = "tile/%d/%s" % (level, number(first // 256))
            path += "" if len(part) == 256 else ".p/%d" % len(part)
            check(read(bundle, path) == b"".join(part), path + ": not of the entries")
        row = [root_of(row[i:i + 256]) for i in range(0, len(row) - len(row) % 256, 256)]
        level += 1


def check_note(note, vkey):
    name, key_id, key = vkey.strip().split("+", 2)
    key = base64.b64decode(key, validate=True)
    check(key[0] == 1 and len(key) == 33, "vkey: not Ed25519")
    want = sha(name.encode() + b"\n" + key)[:4]
    check(bytes.fromhex(key_id) == want, "vkey: its key id is wrong")
    body, signatures = note.split("\n\n", 1)
    body += "\n"
    for line in signatures.splitlines():
        dash, who, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        if dash != "\u2014" or who != name or blob[:4] != want:
            continue
        with tempfile.TemporaryDirectory() as d:
            der = bytes.fromhex("302a300506032b6570032100") + key[1:]
            for file, data in (("key", der), ("body", body.encode()), ("sig", blob[4:])):
                with open(os.path.join(d, file), "wb") as f:
                    f.write(data)
            done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", d + "/key",
                                   "-keyform", "DER", "-rawin", "-in", d + "/body", "-sigfile", d + "/sig"],
                                  capture_output=True, check=False)
        check(done.returncode == 0, "checkpoint: Ed25519 signature does not verify")
        origin, size, root = body.splitlines()
        check(origin == name, "checkpoint: of another log")
        return int(size), base64.b64decode(root, validate=True)
    sys.exit("tlog.py: checkpoint: no signature of the vkey")


def check_proof(path, note, hashes, root):
    text = read(path).decode()
    head, rest = text.split("\n\n", 1)
    lines = head.splitlines()
    check(lines[0] == "c2sp.org/tlog-proof@v1", path + ": not a proof")
    check(lines[1].startswith("index "), path + ": no index")
    check(rest == note, path + ": of another checkpoint")
    index, proof = int(lines[1][6:]), [base64.b64decode(l, validate=True) for l in lines[2:]]
    check(index < len(hashes), path + ": beyond the log")
    at, last, value = index, len(hashes) - 1, hashes[index]
    for h in proof:		# RFC 9162, 2.1.3.2
        check(last > 0, path + ": too long")
        if at & 1 or at == last:
            value = node(h, value)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            value = node(value, h)
        at, last = at >> 1, last >> 1
    check(last == 0 and value == root, path + ": does not lead to the root")


def main():
    check(len(sys.argv) == 2, "usage: tlog.py BUNDLE")
    bundle = sys.argv[1]
    note = read(bundle, "checkpoint").decode()
    size, root = check_note(note, read(bundle, "vkey").decode())
    hashes = [sha(b"\x00" + e) for e in entries(bundle, size)]
    check(root_of(hashes) == root, "checkpoint: not the root of the entries")
    check_tiles(bundle, hashes)
    units = sorted(os.listdir(os.path.join(bundle, "units"))) if os.path.isdir(bundle + "/units") else []
    for serial in units:
        check_proof(os.path.join(bundle, "units", serial, "unit.tlog-proof"), note, hashes, root)
    print("%d leaves, %d proofs" % (size, len(units)))


main()
