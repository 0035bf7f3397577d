#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""collect.py OUT WORLD: put together what a shift left behind.

OUT/summary.json from issue.json and audit.json; OUT/units/SERIAL from the bundle
and from the physical world (the label's picture, the tag, the EEPROM as it is);
OUT/ledger from the bundle.
"""

import json
import os
import shutil
import sys


def load(path):
    with open(path, encoding="utf-8") as text:
        return json.load(text)


def labels(world):
    """Every good label that lies in a tray: EPC -> (json, path without ending)."""
    found = {}
    for slot in sorted(os.listdir(world)):
        tray = os.path.join(world, slot, "printer", "labels")
        if not os.path.isdir(tray):
            continue
        for name in sorted(os.listdir(tray)):
            if name.endswith(".json"):
                tag = load(os.path.join(tray, name))
                if not tag.get("void"):
                    found[tag["epc"].upper()] = (tag, os.path.join(tray, name[:-5]))
    return found


def boards(world):
    """EEPROM images by the serial in their ONIE TLV (type 0x23)."""
    found = {}
    top = os.path.join(world, "boards")
    for name in sorted(os.listdir(top)):
        path = os.path.join(top, name, "eeprom.bin")
        with open(path, "rb") as image:
            data = image.read()
        if data[:8] != b"TlvInfo\0":
            continue
        pos, end = 11, 11 + int.from_bytes(data[9:11], "big")
        while pos + 2 <= end:
            kind, size = data[pos], data[pos + 1]
            if kind == 0x23:
                found[data[pos + 2:pos + 2 + size].decode("ascii", "replace")] = path
            pos += 2 + size
    return found


def main():
    out, world = sys.argv[1:3]
    units = load(os.path.join(out, "issue.json"))
    audit = load(os.path.join(out, "audit.json"))
    tray, image = labels(world), boards(world)
    for unit in units:
        serial = unit["serial"]
        there = os.path.join(out, "units", serial)
        shutil.rmtree(there, ignore_errors=True)
        bundle = os.path.join(out, "audit", "units", serial)
        if os.path.isdir(bundle):
            shutil.copytree(bundle, there)
        else:
            os.makedirs(there)
        tag, stem = tray.get(unit["epc_hex"].upper(), (None, None))
        if tag:
            shutil.copy(stem + ".png", os.path.join(there, "label.png"))
            with open(os.path.join(there, "tag.json"), "w", encoding="utf-8") as text:
                json.dump(tag, text, indent=1)
        if serial in image:
            shutil.copy(image[serial], os.path.join(there, "eeprom.bin"))
    ledger = os.path.join(out, "ledger")
    shutil.rmtree(ledger, ignore_errors=True)
    os.makedirs(ledger)
    for name in ("checkpoint", "vkey"):
        shutil.copy(os.path.join(out, "audit", name), ledger)
    shutil.copytree(os.path.join(out, "audit", "tile"), os.path.join(ledger, "tile"))
    temporary = os.path.join(out, "summary.json.new")
    with open(temporary, "w", encoding="utf-8") as text:
        json.dump({"units": units, "audit": audit}, text, indent=1)
        text.write("\n")
    os.rename(temporary, os.path.join(out, "summary.json"))


main()
