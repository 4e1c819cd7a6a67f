import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { readAll } from "../../../static/js/core/figures.js";
import { at, entriesOf, expand, moment, shipped } from "./short.js";

const root = new URL("../../../", import.meta.url);
const shelf = new URL("tests/cases/", root);

for (const file of readdirSync(shelf).sort()) {
  const { cases } = JSON.parse(readFileSync(new URL(file, shelf), "utf8"));
  describe(file, () => {
    for (const { name, entries, now, expect, protocol = "ecpr-1" } of cases) {
      test(name, () => {
        const reading = readAll(entriesOf(entries), shipped(protocol), moment(now));
        const found = Object.fromEntries(Object.keys(expect).map((path) => [path, at(reading, path)]));
        assert.deepEqual(found, expand(expect));
      });
    }
  });
}
