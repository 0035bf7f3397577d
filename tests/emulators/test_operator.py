#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""hm-operator against a daemon and emulators that only this test knows."""

import json
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BOUND = 20      # seconds that any one thing may take


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], BrokenPipeError):     # the operator was told to end
            super().handle_error(request, client_address)


class Fixture:
    """slot0's fixture and printer as the operator sees them."""

    def __init__(self, world, run):
        self.board = None
        self.deeds = []
        self.labels = []
        self.printer = {"ok": True, "queued": 0, "error": 0, "paused": 0}
        self.changed = threading.Condition()
        self.world = world
        for device in ("fixture", "printer"):
            self.serve(os.path.join(run, device + ".sock"), getattr(self, device + "_says"))

    def serve(self, path, answer):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                line = self.rfile.readline().decode().strip()
                self.wfile.write(json.dumps(answer(line)).encode() + b"\n")

        server = Server(path, Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def did(self, line):
        with self.changed:
            self.deeds.append(line)
            self.changed.notify_all()

    def fixture_says(self, line):
        word, _, rest = line.partition(" ")
        if word == "status":
            return {"ok": True, "board": self.board}
        if word == "insert":
            if self.board:
                return {"ok": False, "error": "File exists"}
            self.board = rest
        elif word == "remove":
            self.board = None
        if word != "wait":
            self.did(line)
        return {"ok": True}

    def printer_says(self, line):
        if line == "labels":
            return {"ok": True, "labels": self.labels}
        if line == "status":
            return self.printer
        self.did(line)
        return {"ok": True}

    def write(self, board):
        """The unit's record goes into the board's EEPROM."""
        with open(os.path.join(self.world, "boards", board, "eeprom.bin"), "r+b") as image:
            image.write(b"TlvInfo\0")


class Daemon:
    """GET /v1/slots with the long poll of the API."""

    def __init__(self, path):
        self.version = 1
        self.slot = {"name": "slot0", "state": "idle", "unit": None, "wait": None, "done": []}
        self.changed = threading.Condition()
        daemon = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                request = self.rfile.readline().decode().split()
                while self.rfile.readline().strip():
                    pass
                if len(request) < 2:        # connected, then told to end
                    return
                body = daemon.answer(request[1])
                self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                                 % (len(body), body))

        server = Server(path, Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def answer(self, target):
        query = dict(item.split("=") for item in target.partition("?")[2].split("&") if item)
        with self.changed:
            if "version" in query:
                self.changed.wait_for(lambda: self.version != int(query["version"]), float(query["wait"]))
            return json.dumps({"version": self.version, "slots": [self.slot]}).encode()

    def tell(self, state, unit=None, what=None, error=None):
        with self.changed:
            self.version += 1
            self.slot = {"name": "slot0", "state": state, "unit": unit, "done": [],
                         "wait": {"for": what, "error": error, "text": "-"} if what else None}
            self.changed.notify_all()


class OperatorTest(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="hm-operator.")
        self.addCleanup(shutil.rmtree, self.top)
        self.world = os.path.join(self.top, "world")
        for board in ("board01", "board02", "board03"):
            os.makedirs(os.path.join(self.world, "boards", board))
            with open(os.path.join(self.world, "boards", board, "eeprom.bin"), "wb") as image:
                image.write(b"\xff" * 32768)
        os.makedirs(os.path.join(self.top, "run", "slot0"))
        self.fixture = Fixture(self.world, os.path.join(self.top, "run", "slot0"))
        self.daemon = Daemon(os.path.join(self.top, "daemon.sock"))
        self.cli = os.path.join(self.top, "hallmark")
        with open(self.cli, "w", encoding="utf-8") as cli:
            cli.write(f"#!/bin/sh\nprintf '%s\\n' \"$*\" >>{self.top}/resolved\n")
        os.chmod(self.cli, 0o755)
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "hm-operator"), "--world", self.world,
             "--run", os.path.join(self.top, "run"), "--socket", os.path.join(self.top, "daemon.sock"),
             "--resolve", "scan", "--fix", "--hallmark", self.cli], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.stop, self.process)

    def stop(self, process):
        process.terminate()
        process.wait(BOUND)
        process.stdout.close()

    def expect(self, deeds):
        with self.fixture.changed:
            self.assertTrue(self.fixture.changed.wait_for(lambda: len(self.fixture.deeds) >= len(deeds), BOUND),
                            self.fixture.deeds)
        self.assertEqual(self.fixture.deeds, deeds)

    def said(self, text):
        """Reads on until the operator has said it."""
        timer = threading.Timer(BOUND, self.process.kill)
        timer.start()
        for line in self.process.stdout:
            if text in line:
                timer.cancel()
                return
        self.fail(f"never said: {text}")

    def test_swaps_finished_boards(self):
        self.daemon.tell("waiting", what="board", error="no_board")
        self.expect(["insert board01"])
        self.daemon.tell("busy", unit="17")
        self.fixture.write("board01")
        self.daemon.tell("waiting", what="board", error="no_board")
        self.expect(["insert board01", "remove", "insert board02"])
        self.daemon.tell("waiting", what="board", error="no_board")
        # a fresh board stays, however often the slot says that it waits
        for _ in range(5):
            self.daemon.tell("waiting", what="board", error="no_board")
        self.fixture.write("board02")
        self.daemon.tell("waiting", what="board", error="no_board")
        self.expect(["insert board01", "remove", "insert board02", "remove", "insert board03"])
        self.fixture.write("board03")
        self.daemon.tell("waiting", what="board", error="no_board")
        self.said("no blank board is left")

    def test_gives_a_half_made_unit_its_board_back(self):
        self.daemon.tell("waiting", what="board", error="no_board")
        self.expect(["insert board01"])
        self.daemon.tell("busy", unit="17")
        self.said("board01 in")
        # somebody swapped it by hand
        while not os.path.exists(os.path.join(self.world, "operator.json")):
            self.assertIsNone(self.process.poll())
        self.fixture.board = "board02"
        self.stop(self.process)
        self.start()        # a new operator knows from the book
        self.daemon.tell("waiting", unit="17", what="same-board", error="board_swapped")
        self.expect(["insert board01", "remove", "insert board01"])

    def test_replaces_a_refused_board(self):
        self.daemon.tell("waiting", what="board", error="no_board")
        self.expect(["insert board01"])
        self.daemon.tell("waiting", unit="17", what="board", error="untrusted")
        self.expect(["insert board01", "remove", "insert board02"])

    def test_answers_doubt_by_looking_at_the_labels(self):
        tid = "E28011052000705A00000001"
        self.fixture.labels = [
            {"n": 1, "result": "void", "scan": None, "tid": "E2"},
            {"n": 2, "result": "good", "scan": "01040123456789012117", "tid": tid},
        ]
        self.daemon.tell("waiting", unit="17", what="scan", error="in_doubt")
        self.said("17: resolve: exit 0")
        self.daemon.tell("waiting", unit="7", what="scan", error="in_doubt")
        self.said("7: resolve: exit 0")
        said = " --who operator --reason looked at the labels in the tray"
        with open(os.path.join(self.top, "resolved"), encoding="utf-8") as lines:
            self.assertEqual(lines.read(), f"resolve 17 --label ]d201040123456789012117 --tid {tid}{said}\n"
                             f"resolve 7 --no-label{said}\n")

    def test_loads_paper(self):
        self.daemon.tell("waiting", unit="17", what="paper", error="paper_out")
        self.expect(["fault paper-out off"])
        self.daemon.tell("waiting", unit="17", what="printer", error="silent")
        self.expect(["fault paper-out off", "plug"])


if __name__ == "__main__":
    unittest.main()
