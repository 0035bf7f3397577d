#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""FF1 of NIST SP 800-38G, sharing nothing with the one in provisioning/serial.

    ff1.py KEY ALPHABET N COUNTER TWEAK     prints the unguessable characters of a counter

docs/serials.md. Algorithm 7 step by step, on whole numbers; AES is the openssl program's. Only the
standard library.
"""
import subprocess
import sys


def prf(key, octets):
    """the last block of a CBC-MAC"""
    run = subprocess.run(["openssl", "enc", f"-aes-{len(key) * 8}-cbc", "-nopad", "-K", key.hex(), "-iv", "0" * 32],
                         input=octets, stdout=subprocess.PIPE, check=True)
    return run.stdout[-16:]


def number(numerals, radix):
    value = 0
    for numeral in numerals:
        value = value * radix + numeral
    return value


def numerals(value, radix, length):
    out = []
    for _ in range(length):
        out.insert(0, value % radix)
        value //= radix
    return out


def encrypt(key, tweak, radix, text):
    n = len(text)
    u = n // 2
    v = n - u
    a, b = text[:u], text[u:]
    octets = ((radix ** v - 1).bit_length() + 7) // 8
    d = 4 * ((octets + 3) // 4) + 4
    p = bytes([1, 2, 1]) + radix.to_bytes(3, "big") + bytes([10, u % 256]) + n.to_bytes(4, "big") + \
        len(tweak).to_bytes(4, "big")
    for i in range(10):
        q = tweak + bytes(-(len(tweak) + octets + 1) % 16) + bytes([i]) + number(b, radix).to_bytes(octets, "big")
        r = prf(key, p + q)
        s = r
        j = 1
        while len(s) < d:
            s += prf(key, (int.from_bytes(r, "big") ^ j).to_bytes(16, "big"))
            j += 1
        m = v if i % 2 else u
        c = (number(a, radix) + int.from_bytes(s[:d], "big")) % radix ** m
        a, b = b, numerals(c, radix, m)
    return a + b


def main():
    key, alphabet, n, counter, tweak = sys.argv[1:]
    radix = len(alphabet)
    out = encrypt(bytes.fromhex(key), tweak.encode("ascii"), radix, numerals(int(counter), radix, int(n)))
    print("".join(alphabet[numeral] for numeral in out))


main()
