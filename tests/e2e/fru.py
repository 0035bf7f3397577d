#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/e2e/fru.py DIR: IPMI FRUs that somebody else might have written, into DIR.

    packed.fru   texts in 6-bit ASCII, BCD plus and binary
    theirs.fru   an internal use area, a chassis, fields behind the named ones, two records
                 of other people, bytes between areas: what has to be kept

It shares nothing with what is tested. Only the standard library.
"""
import os
import sys


def total(octets):
    return bytes([-sum(octets) & 255])


def ascii8(text):
    return bytes([0xc0 | len(text)]) + text.encode()


def ascii6(text):
    value = sum((ord(c) - 32) << 6 * i for i, c in enumerate(text))
    size = (6 * len(text) + 7) // 8
    return bytes([0x80 | size]) + value.to_bytes(size, "little")


def bcd(text):
    text += " " * (len(text) % 2)
    digits = ["0123456789 -.".index(c) for c in text]
    packed = bytes(a << 4 | b for a, b in zip(digits[::2], digits[1::2]))
    return bytes([0x40 | len(packed)]) + packed


def area(head, *fields):
    body = b"\x01\x00" + head + b"".join(fields) + b"\xc1"
    body += bytes(-(len(body) + 1) % 8)
    body = body[:1] + bytes([(len(body) + 1) // 8]) + body[2:]
    return body + total(body)


def record(kind, data, last):
    head = bytes([kind, 2 | 0x80 * last, len(data)]) + total(data)
    return head + total(head) + data


def fru(areas, order):
    """areas: name -> bytes; each behind the other in that order, 8 bytes of AA between them"""
    body, at = b"", {}
    for name in order:
        at[name] = 1 + len(body) // 8
        body += areas[name] + bytes(-len(areas[name]) % 8) + b"\xaa" * 8
    head = bytes([1] + [at.get(name, 0) for name in ("internal", "chassis", "board", "product", "records")] + [0])
    return head + total(head) + body[:-8]


NONE = b"\xc0"


def main():
    where = sys.argv[1]
    packed = fru({"product": area(b"\x00", ascii6("ACME"), ascii6("SENSOR 9"), bcd("12-34.5"), ascii6("V1"),
                                  bcd("900718"), NONE, NONE),
                  "records": record(0xc0, b"\x01\x02\x03hello", True)}, ("product", "records"))
    theirs = fru({"internal": b"\x01their own bytes, 24 of.",
                  "chassis": area(b"\x11", ascii8("CH-1"), ascii8("ch 7"), ascii8("rack 12")),
                  "board": area(b"\x19" + (13000000).to_bytes(3, "little"), ascii8("Maker"), ascii8("Board"),
                                ascii8("B-0007"), ascii8("PN-9"), NONE, ascii8("rev C"), ascii8("ECO 12")),
                  "product": area(b"\x19", ascii8("Maker"), ascii8("Thing"), ascii8("T-1"), ascii8("1.0"), ascii8("S-1"),
                                  ascii8("asset 9"), NONE, ascii8("kept")),
                  "records": record(0xc2, b"\x57\x01\x00abcdefgh", False) + record(0xe0, b"\x39\x30\x00xyz", True)},
                 ("chassis", "internal", "product", "records", "board"))
    for name, octets in (("packed", packed), ("theirs", theirs)):
        with open(os.path.join(where, name + ".fru"), "wb") as out:
            out.write(octets)


if __name__ == "__main__":
    main()
