// Broken dependencies: who is told of them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { read } from "../../../static/js/core/reading.js";
import { breaksFor } from "../../../static/js/ui/breaks.js";
import { entriesOf, moment } from "../core/short.js";

const protocol = JSON.parse(readFileSync(new URL("../../../timeline/protocols/ecpr-1.json", import.meta.url), "utf8"));

/** @param {any[]} entries */
const reading = (entries) => read(entriesOf(entries), protocol, moment("30:00"));

test("flow before the lines are joined is told to the leader, the specialist and the operators, and to nobody else", () => {
  const broken = reading([
    ["arrest_onset", "0:00"],
    ["flow_on", "20:00"],
    ["connected", "21:00"],
  ]);
  const told = protocol.roles
    .map((/** @type {{key: string}} */ role) => role.key)
    .filter((/** @type {string} */ key) =>
      breaksFor(broken, protocol, key).some(({ text }) => /Lines joined/i.test(text)),
    );
  assert.deepEqual(told, ["leader", "cannulator_1", "back_table", "perfusionist", "recorder"]);
  assert.deepEqual(breaksFor(broken, protocol, null), []);
});

test("what came in order is told to nobody", () => {
  assert.deepEqual(breaksFor(reading([["arrest_onset", "0:00"]]), protocol, "leader"), []);
});
