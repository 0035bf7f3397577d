#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""table.py SUMMARY: what left the station, for a person."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as text:
    summary = json.load(text)

rows = [("serial", "state", "slot", "EPC", "tag TID", "key", "ms")]
for unit in summary["units"]:
    key = (unit.get("key") or {}).get("sha256") or "-"
    rows.append((unit["serial"], unit["state"], unit["slot"], unit["epc_hex"],
                 unit.get("tid") or "-", key[:12],
                 str(sum((unit.get("ms") or {}).values()))))
widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
for row in rows:
    print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
audit = summary["audit"]
active = sum(unit["state"] == "active" for unit in summary["units"])
print(f"{active} of {len(summary['units'])} units active; audit verdict: {audit['verdict']}")
for finding in audit.get("findings", []):
    print(f"  {finding.get('verdict', '')}: {finding.get('subject', '')}: {finding.get('text', '')}")
