#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Is each figure that has a floor held to it? Measurements are made up here: all of them
exactly on their floors is good, and each by itself one percent lower is not. What could
not be measured is no pass. TAP on stdout."""

import collections
import contextlib
import importlib.machinery
import importlib.util
import io
import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
loader = importlib.machinery.SourceFileLoader("bench", f"{HERE}/bench")
bench = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench", loader))
loader.exec_module(bench)

# what must be shown, as rates a second and ratios
FLOORS = {"text": 10, "process": 100, "gs1-parse": 3e6, "unguessable-serials": 1e6, "weekly-serials-read": 3e5, "label-rendered": 2e5,
          "record-verify": 0.9, "send-4096": 0.9, "send-65536": 0.9}
UNIT = {"ms": {"bind": 1, "sign": 1, "mark": 1}, "marks": [], "binding": "none", "state": "active"}
count = failed = 0


def check(text, good):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {text}")


def answer(directory, figures, *argv, found=(True, "here")):
    """the exit status of bench with these figures, and the lines of its verdict"""
    programs = collections.defaultdict(lambda: (1.0, 1.0), {
        name: (figures[name], 1.0) for name in ("gs1-parse", "unguessable-serials", "weekly-serials-read", "label-rendered")})
    programs["record-verify"] = (1.0, figures["record-verify"])
    programs["epc-decode-mixed"] = (figures["process"] * 1000.0, 1.0)
    bench.program_figures = lambda _: programs
    bench.npm = lambda _: found
    bench.epc_tds_rates = lambda *_: (1000.0, figures["text"] * 1000.0, 1000.0)
    bench.unit_figures = lambda *_: (1.0, 1.0, [UNIT])
    bench.gate_figures = lambda _: {size: (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, figures[f"send-{size}"])
                                    for size in bench.SEND_SIZES}
    bench.BUILD = directory
    sys.argv = ["bench", "--summary", f"{directory}/none", *argv]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = bench.main()
    return status, [line for line in out.getvalue().splitlines() if line.split(":")[0] in ("ok", "BELOW", "SKIP")]


def words(lines):
    return [line.split(":")[0] for line in lines]


def main():
    with tempfile.TemporaryDirectory() as directory:
        status, lines = answer(directory, FLOORS)
        check("all on their floors", status == 0 and words(lines) == ["ok"] * len(FLOORS))
        lowered = set()
        for name, floor in FLOORS.items():
            status, lines = answer(directory, FLOORS | {name: floor * 0.99})
            check(f"{name} one percent below", status == 1 and sorted(words(lines)) == ["BELOW"] + ["ok"] * (len(FLOORS) - 1))
            lowered |= {line.split(", at least")[0].rsplit(" ", 1)[0] for line in lines if line.startswith("BELOW")}
        check("each is named by a line of its own", len(lowered) == len(FLOORS))
        status, lines = answer(directory, FLOORS, found=(False, "npm and node are not installed"))
        check("without epc-tds two are skipped, and say why", status == 0 and words(lines).count("SKIP") == 2 and
              sum("npm and node are not installed" in line for line in lines) == 2)
        status, lines = answer(directory, FLOORS, "--no-guest")
        check("without the guest two are skipped", status == 0 and words(lines).count("SKIP") == 2)
        status, lines = answer(directory, FLOORS | {"gs1-parse": 1}, "--no-guest", found=(False, "none"))
        check("what is skipped hides nothing", status == 1 and words(lines).count("BELOW") == 1)
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
