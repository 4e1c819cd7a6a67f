// Reads JSON lines {"entries", "now"} on its input and writes each reading as a line: the JavaScript half of the
// comparison that tests/core/test_twins.py makes. The argument is the protocol's file, as a tablet gets it.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { readAll } from "../../../static/js/core/figures.js";
import { canonical } from "../../../static/js/core/records.js";

const protocol = JSON.parse(readFileSync(/** @type {string} */ (process.argv[2]), "utf8"));

for await (const line of createInterface({ input: process.stdin })) {
  const { entries, now } = JSON.parse(line);
  process.stdout.write(`${canonical(readAll(entries, protocol, now))}\n`);
}
