#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A reader of ONIE TlvInfo that shares nothing with the one that wrote it.

    onie.py EEPROM.bin          the TLVs at offset 0 as one JSON value
    onie.py --cwt EEPROM.bin    the record under our vendor number, as hexadecimal

Exits 1 with one line on standard error at any defect. Only the standard library.
"""
import argparse
import json
import struct
import sys
import zlib
from datetime import datetime

OUR_PEN = 32473
MAX_SIZE = 2048
CRC_CODE = 0xFE
VENDOR_CODE = 0xFD
NAMES = {
    0x21: "product_name", 0x22: "part_number", 0x23: "serial_number", 0x24: "mac_base",
    0x25: "manufacture_date", 0x26: "device_version", 0x27: "label_revision", 0x28: "platform_name",
    0x29: "onie_version", 0x2A: "mac_count", 0x2B: "manufacturer", 0x2C: "country_code",
    0x2D: "vendor", 0x2E: "diag_version", 0x2F: "service_tag",
    VENDOR_CODE: "vendor_extension", CRC_CODE: "crc_32",
}
TEXTS = {0x21, 0x22, 0x23, 0x25, 0x27, 0x28, 0x29, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F}
FIXED = {0x24: 6, 0x25: 19, 0x26: 1, 0x2A: 2, 0x2C: 2, CRC_CODE: 4}


class Defect(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Defect(what)


def describe(code, value):
    """What one TLV means, beside its raw bytes."""
    check(len(value) == FIXED.get(code, len(value)), f"TLV {code:02X}: {len(value)} bytes")
    entry = {"code": f"{code:02X}", "name": NAMES.get(code, "unknown"), "hex": value.hex()}
    if code in TEXTS:
        check(all(0x20 <= octet <= 0x7E for octet in value), f"TLV {code:02X}: not printable ASCII")
        entry["value"] = value.decode("ascii")
    if code == 0x25:
        try:
            datetime.strptime(entry["value"], "%m/%d/%Y %H:%M:%S")
        except ValueError as why:
            raise Defect(f"TLV 25: {why}") from why
    elif code == 0x24:
        entry["value"] = value.hex(":")
    elif code in (0x26, 0x2A):
        entry["value"] = int.from_bytes(value, "big")
    elif code == VENDOR_CODE:
        check(len(value) >= 4, "TLV FD: shorter than an enterprise number")
        entry["pen"], entry["data"] = struct.unpack_from(">I", value)[0], value[4:].hex()
    return entry


def tlvs(body):
    """Yield (code, value, offset behind it) for each TLV of the body, which holds nothing else."""
    at = 0
    while at < len(body):
        check(at + 2 <= len(body), "a TLV without a length")
        code, size = body[at:at + 2]
        at += 2 + size
        check(at <= len(body), f"TLV {code:02X}: longer than the body")
        yield code, body[at - size:at], at


def read(image):
    check(len(image) >= 11, "shorter than a header")
    magic, version, size = struct.unpack_from(">8sBH", image)
    check(magic == b"TlvInfo\x00", "no TlvInfo at offset 0")
    check(version == 1, f"version {version}")
    check(11 + size <= min(len(image), MAX_SIZE), f"{size} bytes of TLVs do not fit")
    body = image[11:11 + size]
    found, last = [], None
    for code, value, end in tlvs(body):
        check(last != CRC_CODE, "TLVs behind the checksum")
        check(code == VENDOR_CODE or code not in {int(e["code"], 16) for e in found},
              f"TLV {code:02X}: twice")
        found.append(describe(code, value))
        last = code
    check(last == CRC_CODE, "no checksum at the end")
    want, got = zlib.crc32(image[:11 + size - 4]), int(found[-1]["hex"], 16)
    check(want == got, f"checksum {got:08X}, computed {want:08X}")
    return {"version": version, "length": 11 + size, "tlvs": found}


def record(info):
    ours = [e for e in info["tlvs"] if e.get("pen") == OUR_PEN]
    check(len(ours) == 1, f"{len(ours)} vendor extensions under number {OUR_PEN}")
    check(ours[0]["data"], "an empty record")
    return ours[0]["data"]


def main():
    parser = argparse.ArgumentParser(description="Read ONIE TlvInfo at offset 0 of an EEPROM image.")
    parser.add_argument("--cwt", action="store_true", help="print only the record, as hexadecimal")
    parser.add_argument("image")
    args = parser.parse_args()
    try:
        with open(args.image, "rb") as file:
            info = read(file.read())
        print(record(info) if args.cwt else json.dumps(info, indent=2))
    except (Defect, OSError) as why:
        print(f"onie.py: {args.image}: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
