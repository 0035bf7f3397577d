#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The checker is a judge, so it is judged: each way to cheat it, by itself, is caught."""

import hashlib
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest

CHECKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hm-checker")
CHUNK, PAGE = 16384, 64
DONE, PARTIAL, UNKNOWN = 1, 2, 3


class World:
    """A printer, a board and a log that agree, until a test makes them not."""

    def __init__(self, directory):
        self.dir = directory
        self.printer = f"{directory}/slot0/printer"
        self.board = f"{directory}/boards/board01"
        for path in (self.printer, self.board, f"{directory}/payloads"):
            os.makedirs(path)
        self.received, self.transfers, self.writes = b"", [], []
        self.log = self.header()
        self.seq = 0
        self.random = random.Random(7)
        self.event(0x484d0001, b"\0" * 24)
        self.event(0x484d0004, struct.pack("<I32sI", 1, b"printer0", 15) + b"X;SN:HMVP0000;\0")
        self.event(0x484d0004, struct.pack("<I32sI", 2, b"eeprom0", 16) + b"i2c-1 0x50 24c256"[:16])

    @staticmethod
    def header():
        spec = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, 1) + struct.pack("<HHB", 11, 32, 0)
        return struct.pack("<II20sI", 0, 3, b"", len(spec)) + spec

    def event(self, tag, data, kind=6):
        event = struct.pack("<II", tag, len(data)) + data
        self.log += struct.pack("<IIIH", 13, kind, 1, 11) + hashlib.sha256(event).digest()
        self.log += struct.pack("<I", len(event)) + event

    def payload(self, size):
        data = self.random.randbytes(size)
        with open(f"{self.dir}/payloads/{hashlib.sha256(data).hexdigest()}", "wb") as file:
            file.write(data)
        return data

    def intent(self, data, marker=b"printer0", offset=0, kind=6):
        self.seq += 1
        self.event(0x484d0002, struct.pack("<Q16sI32sII32s", self.seq, self.random.randbytes(16), 0, marker,
                                           offset, len(data), hashlib.sha256(data).digest()), kind)
        return self.seq

    def outcome(self, seq, state, sent):
        self.event(0x484d0003, struct.pack("<QIIi32s", seq, state, sent, 0 if state == DONE else -5,
                                           hashlib.sha256(b"").digest()))

    def take(self, data, of, how="whole"):
        self.transfers.append({"offset": len(self.received), "taken": len(data), "of": of, "how": how})
        self.received += data

    def send(self, data, upto=None):
        """What a printer records of these bytes if it takes so many."""
        upto = len(data) if upto is None else upto
        for at in range(0, len(data), CHUNK):
            of = min(CHUNK, len(data) - at)
            taken = min(of, upto - at)
            if taken > 0:
                self.take(data[at:at + taken], of)

    def job(self, size, upto=None, state=DONE, sent=None):
        data = self.payload(size)
        seq = self.intent(data)
        self.send(data, upto)
        self.outcome(seq, state, size if sent is None else sent)
        return data

    def write(self, offset, data):
        self.writes.append({"offset": offset, "bytes": data.hex().upper()})

    def eeprom_job(self, offset, size, upto=None, state=DONE, sent=None):
        data = self.payload(size)
        seq = self.intent(data, b"eeprom0", offset)
        at, upto = 0, size if upto is None else upto
        while at < upto:
            n = min(PAGE - (offset + at) % PAGE, size - at)
            self.write(offset + at, data[at:at + n])
            at += n
        self.outcome(seq, state, size if sent is None else sent)
        return data

    def check(self, pieces=None):
        for path, content in ((f"{self.printer}/received.bin", self.received),
                              (f"{self.printer}/transfers.jsonl", self.lines(self.transfers)),
                              (f"{self.board}/writes.jsonl", self.lines(self.writes))):
            with open(path, "wb") as file:
                file.write(content)
        argv = [CHECKER, "--world", self.dir, "--payloads", f"{self.dir}/payloads"]
        for i, piece in enumerate(pieces or [self.log]):
            with open(f"{self.dir}/log{i}", "wb") as file:
                file.write(piece)
            argv += ["--log", f"{self.dir}/log{i}"]
        return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              timeout=60)

    @staticmethod
    def lines(values):
        return "".join(json.dumps(value) + "\n" for value in values).encode()


class Checker(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.world = World(self.directory.name)

    def tearDown(self):
        self.directory.cleanup()

    def sound(self, pieces=None):
        done = self.world.check(pieces)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("; 0 violations", done.stdout)
        return done.stdout

    def caught(self, words, pieces=None):
        done = self.world.check(pieces)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("not ok 1", done.stdout)
        self.assertIn(words, done.stdout)

    def told(self, *words):
        """So many violations, one for each of these words, in this order."""
        done = self.world.check()
        self.assertEqual(done.returncode, 1, done.stdout)
        lines = [line for line in done.stdout.splitlines() if line.startswith("# violation: ")]
        self.assertEqual(len(lines), len(words), done.stdout)
        for line, word in zip(lines, words):
            self.assertIn(word, line)
        self.assertIn(f"; {len(words)} violations", done.stdout)
        return done.stdout

    def flip(self, at):
        w = self.world
        w.received = w.received[:at] + bytes([w.received[at] ^ 1]) + w.received[at + 1:]

    def mixture(self):
        w = self.world
        w.job(100)
        w.job(40000, upto=17000, state=UNKNOWN, sent=16384)
        w.job(200, upto=0, state=PARTIAL, sent=0)
        w.job(40000)
        w.eeprom_job(100, 300)
        w.eeprom_job(4096, 1000, upto=256, state=UNKNOWN, sent=192)
        return w.job(3 * CHUNK)

    def test_a_mixture_is_sound(self):
        self.mixture()
        self.assertIn("7 jobs, 3 fault runs", self.sound())

    def gadget(self):
        """Three jobs, the second cut short among its packets, of a printer that keeps no transfers."""
        w = self.world
        w.event(0x484d0004, struct.pack("<I32sI", 1, b"printer1", 15) + b"X;SN:HMGD0000;\0")
        w.other = b""
        for size, state, sent, came in ((20000, DONE, 20000, 20000), (40000, UNKNOWN, 16384, 17408),
                                        (40000, PARTIAL, 0, 0), (100, DONE, 100, 100)):
            data = w.payload(size)
            w.outcome(w.intent(data, b"printer1"), state, sent)
            w.other += data[:came]
        os.mkdir(f"{w.dir}/gadget0")
        return data

    def write_gadget(self, data):
        with open(f"{self.world.dir}/gadget0/received.bin", "wb") as file:
            file.write(data)

    def test_bytes_without_transfers(self):
        self.mixture()
        self.gadget()
        good = self.world.other
        self.write_gadget(good)
        self.assertIn("11 jobs, 5 fault runs; 2 printers", self.sound())
        for bad in (good[:-1], good[1:], good + b"x", good[:25000] + b"x" + good[25001:], good + good[-100:], b"",
                    good[:20000 + 16383] + good[-100:], good[:17000] + good[20000:]):
            self.write_gadget(bad)
            self.caught("gadget0")

    def test_nothing_is_sound(self):
        self.sound()

    def test_a_flipped_bit(self):
        self.mixture()
        self.flip(20000)
        self.caught("not what job")

    def test_bytes_of_no_job(self):
        self.mixture()
        self.world.take(b"^XA^XZ", 6)
        self.caught("6 bytes from")

    def test_a_job_twice(self):
        self.world.send(self.mixture())
        self.caught("of no job")

    def test_the_order_of_jobs(self):
        w = self.world
        a, b = w.payload(50), w.payload(50)
        first, second = w.intent(a), w.intent(b)
        w.send(b)
        w.send(a)
        w.outcome(first, DONE, 50)
        w.outcome(second, DONE, 50)
        self.caught("not what job 1")

    def test_a_done_job_that_did_not_arrive(self):
        self.world.job(40000, upto=30000, state=DONE)
        self.caught("not what job 1")

    def test_less_than_sent(self):
        self.world.job(40000, upto=16384, state=PARTIAL, sent=20000)
        self.caught("not what job 1")

    def test_one_transfer_beyond_sent_and_no_more(self):
        self.world.job(70000, upto=2 * CHUNK, state=UNKNOWN, sent=CHUNK)
        self.sound()
        self.world.job(70000, upto=2 * CHUNK + 1, state=UNKNOWN, sent=CHUNK)
        self.caught("of no job")

    def test_another_size_of_transfer(self):
        w = self.world
        data = w.payload(20000)
        seq = w.intent(data)
        w.take(data, 20000)
        w.outcome(seq, DONE, 20000)
        self.caught("not what job 1")

    def test_going_on_after_a_short_transfer(self):
        w = self.world
        data = w.payload(20000)
        seq = w.intent(data)
        w.take(data[:1000], CHUNK, "short")
        w.take(data[1000:], 19000)
        w.outcome(seq, DONE, 20000)
        self.caught("not what job 1")

    def test_a_transfer_of_no_bytes(self):
        self.world.job(CHUNK)
        self.world.take(b"", 0)
        self.caught("a transfer of no bytes")

    def test_an_intent_that_was_not_extended_sends_nothing(self):
        w = self.world
        data = w.payload(50)
        w.intent(data, kind=3)
        self.sound()
        w.send(data)
        self.caught("of no job")

    def test_a_job_without_outcome(self):
        w = self.world
        data = w.payload(50)
        w.intent(data)
        self.sound()
        w.send(data, 20)
        self.sound()

    def test_a_payload_that_was_not_kept(self):
        data = self.world.job(50)
        os.unlink(f"{self.world.dir}/payloads/{hashlib.sha256(data).hexdigest()}")
        self.caught("was not kept")

    def test_a_killed_printer_lost_a_line(self):
        w = self.world
        w.job(20000, upto=10000, state=UNKNOWN, sent=0)
        w.transfers.pop()
        self.sound()
        w.job(100)
        self.sound()
        w.transfers = w.transfers[:-1]
        w.received = w.received[:5]
        self.caught("not what job 2")

    def test_received_cut_short(self):
        self.mixture()
        self.world.received = self.world.received[:-1]
        self.caught("missing at the end")

    def test_equal_payloads_are_no_puzzle(self):
        w = self.world
        data = w.payload(1) * 40000
        with open(f"{w.dir}/payloads/equal", "wb") as file:
            file.write(data)
        for upto, sent, state in ((17000, 17000, PARTIAL), (40000, 40000, DONE), (1, 0, UNKNOWN), (40000, 40000, DONE)):
            seq = w.intent(data)
            w.send(data, upto)
            w.outcome(seq, state, sent)
        self.sound()

    def test_a_marker_that_is_not_there(self):
        data = self.world.payload(5)
        self.world.intent(data, b"printer7")
        self.caught("not attached")

    def test_pieces_of_a_log(self):
        w = self.world
        w.job(100)
        first, w.log = w.log, w.header()
        w.job(100)
        self.sound([first, w.log])
        self.caught("not attached", [w.log, first])

    def test_an_eeprom_write_elsewhere(self):
        w = self.world
        data = w.eeprom_job(0, 128)
        w.write(128, data[:64])
        self.caught("of no job")

    def test_an_eeprom_write_of_other_bytes(self):
        w = self.world
        w.eeprom_job(0, 128)
        w.writes[-1]["bytes"] = "00" * 64
        self.caught("of no job")

    def test_eeprom_pages_out_of_order(self):
        w = self.world
        w.eeprom_job(0, 128)
        w.writes.reverse()
        self.caught("of no job")

    def test_an_eeprom_page_beyond_sent(self):
        self.world.eeprom_job(0, 512, upto=192, state=UNKNOWN, sent=128)
        self.sound()
        self.world.eeprom_job(0, 512, upto=256, state=UNKNOWN, sent=128)
        self.caught("of no job")

    def test_an_eeprom_page_tried_again(self):
        w = self.world
        w.eeprom_job(0, 128)
        w.writes.append(w.writes[-1])
        self.sound()

    def test_an_eeprom_write_that_never_came(self):
        w = self.world
        w.eeprom_job(100, 300)
        self.sound()
        del w.writes[2]
        self.caught("stood on no board")

    def test_no_eeprom_write_at_all(self):
        self.world.eeprom_job(0, 64, upto=0, state=PARTIAL, sent=0)
        self.sound()
        self.world.eeprom_job(0, 64, upto=0)
        self.caught("stood on no board")

    def test_an_eeprom_page_that_was_there_before(self):
        w = self.world
        data = w.eeprom_job(0, 128)
        w.outcome(w.intent(data, b"eeprom0"), DONE, 128)
        self.sound()
        w.outcome(w.intent(data, b"eeprom0", 256), DONE, 128)
        self.caught("stood on no board")

    def test_an_eeprom_job_whose_payload_was_not_kept(self):
        w = self.world
        data = w.eeprom_job(0, 64, upto=0)
        os.unlink(f"{w.dir}/payloads/{hashlib.sha256(data).hexdigest()}")
        self.caught("was not kept")

    def test_an_eeprom_write_again_that_never_came(self):
        w = self.world
        first = w.eeprom_job(0, 64)
        w.eeprom_job(0, 64)
        seq = w.intent(first, b"eeprom0")
        w.write(0, first)
        w.outcome(seq, DONE, 64)
        self.sound()
        del w.writes[-1]
        self.caught("stood on no board since")

    def test_each_job_with_a_flipped_bit(self):
        for _ in range(6):
            self.world.job(100)
        for at in (150, 350, 399):
            self.flip(at)
        self.told("at byte 100: not what job 2", "at byte 300: not what job 4")
        self.flip(550)
        self.told("not what job 2", "not what job 4", "at byte 500: not what job 6")

    def test_jobs_in_a_row_with_a_flipped_bit(self):
        w = self.world
        w.job(100)
        w.job(40000)
        w.job(100, upto=50, state=UNKNOWN, sent=0)
        w.job(100)
        w.job(100)
        for at in (20000, 30000, 40120, 40160):
            self.flip(at)
        # what job 3 brought, if anything, is anybody's guess
        self.told("at byte 100: not what job 2", "not what job 4")

    def test_bytes_of_no_job_in_between(self):
        w = self.world
        for _ in range(3):
            w.job(100)
            w.take(b"^XA^XZ", 6)
        self.told("at byte 100: not what job 2", "at byte 206: not what job 3", "6 bytes from 312 on are of no job")

    def test_jobs_that_brought_nothing(self):
        w = self.world
        for upto in (100, 0, 100, 0, 0, 100):
            w.job(100, upto=upto)
        w.take(b"^XA^XZ", 6)
        w.job(100)
        self.told("not what job 2", "not what job 4", "not what job 5", "at byte 300: not what job 7")

    def test_enough_is_told_and_all_is_counted(self):
        for _ in range(12):
            self.world.eeprom_job(0, 64, upto=0)
        said = self.world.check().stdout
        self.assertEqual(said.count("# violation: "), 10)
        self.assertIn("; 12 violations", said)

    def test_every_marker_is_told_of(self):
        w = self.world
        for _ in range(40):
            w.job(100)
            w.eeprom_job(0, 64)
        self.gadget()
        w.write(64, b"no job's")
        w.write(0, b"nor this one")
        for at in range(0, 4000, 100):
            self.flip(at)
        self.write_gadget(w.other[:10] + b"x" + w.other[10:30000] + b"y" + w.other[30000:])
        printer, gadget, board = f"{w.dir}/slot0/printer: at", f"{w.dir}/gadget0: at byte ", "board01: write 4"
        # ten of forty are enough
        self.assertIn("printer: enough", self.told(*[printer] * 10, gadget + "0: not what job 81",
                                                   gadget + "0: not what job 82",
                                                   board + "1, 8 bytes at 64", board + "2, 12 bytes at 0"))

    def test_input_that_is_none(self):
        done = self.world.check([b"not a log"])
        self.assertEqual(done.returncode, 2)
        done = self.world.check([self.world.log[:-1]])
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Checker)
    print(f"1..{suite.countTestCases()}")
    number = 0
    failed = False
    for test in suite:
        number += 1
        result = test.run(unittest.TestResult())
        good = result.wasSuccessful()
        failed |= not good
        for _, trace in result.failures + result.errors:
            print("# " + trace.replace("\n", "\n# "))
        print(f"{'ok' if good else 'not ok'} {number} - {test.id().split('.')[-1]}", flush=True)
    sys.exit(failed)
