import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { readAll } from "../../../static/js/core/figures.js";
import { at, entriesOf, expand, moment } from "./short.js";

const root = new URL("../../../", import.meta.url);
const protocol = JSON.parse(readFileSync(new URL("timeline/protocols/ecpr-1.json", root), "utf8"));
const shelf = new URL("tests/cases/", root);

for (const file of readdirSync(shelf).sort()) {
  const { cases } = JSON.parse(readFileSync(new URL(file, shelf), "utf8"));
  describe(file, () => {
    for (const { name, entries, now, expect } of cases) {
      test(name, () => {
        const reading = readAll(entriesOf(entries), protocol, moment(now));
        const found = Object.fromEntries(Object.keys(expect).map((path) => [path, at(reading, path)]));
        assert.deepEqual(found, expand(expect));
      });
    }
  });
}
