import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { FOUND, MUTANTS } from "./broken.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

test("every broken variant still finds in the source what it breaks", () => {
  const changes = Object.entries(MUTANTS).flatMap(([name, all]) => all.map((change) => ({ name, ...change })));
  const stale = changes.filter(({ file, from }) => !readFileSync(ROOT + file, "utf8").includes(from));
  assert.deepEqual(stale, []);
});

test("a first seed is named only for a broken variant that there is", () => {
  assert.deepEqual(
    Object.keys(FOUND).filter((name) => !(name in MUTANTS)),
    [],
  );
});
