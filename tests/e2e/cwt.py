#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A reader of the record that shares nothing with the one that wrote it.

    cwt.py RECORD.cwt KEY.pem    verifies with `openssl dgst` and prints the claims as JSON

docs/record.md, section 1. Exits 1 with one line on standard error at any defect. Only the
standard library and the openssl program.
"""
import hashlib
import json
import subprocess
import sys
import tempfile


class Defect(Exception):
    pass


def head(octets, at):
    """major type, value, offset behind them"""
    major, info = octets[at] >> 5, octets[at] & 31
    if info < 24:
        return major, info, at + 1
    if info > 27:
        raise Defect("a head that no record has")
    size = 1 << (info - 24)
    return major, int.from_bytes(octets[at + 1:at + 1 + size], "big"), at + 1 + size


def item(octets, at=0):
    """value, offset behind it"""
    major, value, at = head(octets, at)
    if major == 0:
        return value, at
    if major == 1:
        return -1 - value, at
    if major in (2, 3):
        if at + value > len(octets):
            raise Defect("a string that is cut")
        piece = octets[at:at + value]
        return (piece if major == 2 else piece.decode("ascii")), at + value
    if major == 4:
        items = []
        for _ in range(value):
            one, at = item(octets, at)
            items.append(one)
        return items, at
    if major == 5:
        pairs = {}
        for _ in range(value):
            key, at = item(octets, at)
            pairs[key], at = item(octets, at)
        return pairs, at
    if (major, value) == (6, 18):
        return item(octets, at)
    raise Defect(f"a value of type {major}")


def byte_string(octets):
    size = len(octets)
    return (bytes([0x40 | size]) if size < 24 else bytes([0x58, size])) + octets


def integer(octets):
    """DER"""
    octets = octets.lstrip(b"\0") or b"\0"
    octets = b"\0" * (octets[0] >> 7) + octets
    return bytes([2, len(octets)]) + octets


def verify(signed, signature, key):
    both = integer(signature[:32]) + integer(signature[32:])
    with tempfile.NamedTemporaryFile() as der:
        der.write(bytes([0x30, len(both)]) + both)
        der.flush()
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", key, "-signature", der.name], input=signed,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise Defect(done.stdout.decode().strip().replace("\n", ": "))


def main():
    with open(sys.argv[1], "rb") as record:
        octets = record.read()
    (protected, unprotected, payload, signature), end = item(octets)
    if end != len(octets) or unprotected or len(signature) != 64:
        raise Defect("not the outside of a record")
    verify(b"\x84\x6aSignature1" + byte_string(protected) + b"\x40" + byte_string(payload), signature, sys.argv[2])
    spki = subprocess.run(["openssl", "pkey", "-pubin", "-in", sys.argv[2], "-outform", "DER"], check=True,
                          stdout=subprocess.PIPE).stdout
    if item(protected)[0] != {1: -7, 4: hashlib.sha256(spki).digest()[:8]}:
        raise Defect("another algorithm or key than the record names")
    claims, _ = item(payload)
    product, generation, *anchors = claims[-65537]
    print(json.dumps({"issuer": claims[1], "serial": claims[2], "product": product, "issued_at": claims[6],
                      "generation": generation, "key_thumbprint": claims[8][5].hex() if 8 in claims else None,
                      "anchors": anchors[0].hex() if anchors else None}))


if __name__ == "__main__":
    try:
        main()
    except (Defect, LookupError, ValueError, TypeError) as why:
        sys.exit(f"cwt.py: {why}")
