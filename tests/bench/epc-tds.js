// SPDX-License-Identifier: LGPL-2.1-or-later
// The EPC library epc-tds (npm, MIT) as a judge and as a baseline.
//
//	node epc-tds.js DIR rate		tags a second, hexadecimal to tag URI
//	node epc-tds.js DIR decode		lines of hexadecimal to lines of tag URIs
//	node epc-tds.js DIR cases N		N random tag URIs and its hexadecimal of each
//
// DIR is what `tests/npm epc-tds` prints. Cases leave out what it is known to get wrong:
// alphanumeric serials (it does not escape, and cuts them) and a GRAI of a twelve-digit
// prefix (it writes no empty asset type).
"use strict";

const [, , dir, what, count] = process.argv;
const tds = require(require("path").resolve(dir, "node_modules/epc-tds"));

let state = 20261122n;
function below(n) {
	state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
	return (state >> 11n) % BigInt(n);
}

function digits(n) {
	return Array.from({ length: n }, () => below(10)).join("");
}

function randomTag() {
	const giaiBits = [62n, 58n, 55n, 52n, 48n, 45n, 42n];
	let prefix = 6 + Number(below(7));
	const filter = below(8);
	switch (Number(below(4))) {
	case 0:
		return `sgtin-96:${filter}.${digits(prefix)}.${digits(13 - prefix)}.${below(1n << 38n)}`;
	case 1:
		return `sscc-96:${filter}.${digits(prefix)}.${digits(17 - prefix)}`;
	case 2:
		prefix = Math.min(prefix, 11);
		return `grai-96:${filter}.${digits(prefix)}.${digits(12 - prefix)}.${below(1n << 38n)}`;
	default:
		return `giai-96:${filter}.${digits(prefix)}.${below(1n << giaiBits[prefix - 6])}`;
	}
}

if (what === "rate") {
	const hex = Array.from({ length: 1000 }, () => tds.fromTagURI(`urn:epc:tag:${randomTag()}`).toHexString());
	let length = 0, n = 0;
	for (const h of hex)
		length += tds.valueOf(h).toTagURI().length;
	// CPU time, as for the other side: other load does not count
	const start = process.cpuUsage();
	let spent = 0;
	while (spent < 1000000) {
		for (const h of hex)
			length += tds.valueOf(h).toTagURI().length;
		n += hex.length;
		spent = process.cpuUsage(start).user + process.cpuUsage(start).system;
	}
	console.log(length ? n / spent * 1e6 : 0);
} else if (what === "decode") {
	const lines = require("readline").createInterface({ input: process.stdin });
	let out = [];
	const flush = () => { process.stdout.write(out.map(l => l + "\n").join("")); out = []; };
	lines.on("line", line => { out.push(tds.valueOf(line).toTagURI()); if (out.length === 1000) flush(); });
	lines.on("close", flush);
} else {
	let out = [];
	for (let i = 0; i < Number(count); i++) {
		const uri = `urn:epc:tag:${randomTag()}`;
		const hex = tds.fromTagURI(uri).toHexString();
		out.push(`${uri} ${hex} ${tds.valueOf(hex).toTagURI()}\n`);
	}
	process.stdout.write(out.join(""));
}
