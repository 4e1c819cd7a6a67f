// Hand over: what was recorded, in the protocol's order, each thing once.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { read } from "../../../static/js/core/reading.js";
import { handoverWords } from "../../../static/js/ui/handover_view.js";
import { entriesOf, moment } from "../core/short.js";

/** @import { Desk } from "../../../static/js/ui/desk.js" */

const protocol = JSON.parse(readFileSync(new URL("../../../timeline/protocols/ecpr-1.json", import.meta.url), "utf8"));

/** @param {any[]} entries */
const deskOf = (entries) =>
  /** @type {Desk} */ (
    /** @type {unknown} */ ({ reading: read(entriesOf(entries), protocol, moment("30:00")), protocol, zone: "UTC" })
  );

test("what was recorded alike stands once, with how often and from when to when", () => {
  const adrenaline = { value: "adrenaline", payload: { dose: 1, unit: "mg" } };
  const desk = deskOf([
    ["shock", "5:00", { value: 200, payload: { unit: "J" } }],
    ["drug", "6:00", adrenaline],
    ["drug", "10:00", adrenaline],
    ["drug", "14:00", adrenaline],
    ["drug", "11:00", { value: "amiodarone", payload: { dose: 300, unit: "mg" } }],
  ]);
  assert.deepEqual(handoverWords(desk, ["shock", "drug"]), [
    "Shock 200 J 10:05",
    "Adrenaline 1 mg ×3, 10:06–10:14",
    "Amiodarone 300 mg 10:11",
  ]);
});

test("what was undone is not said, and an estimated time says so", () => {
  const desk = deskOf([
    ["arrest_onset", "0:00", { certainty: "estimated" }],
    ["shock", "5:00", { id: "shock" }],
    ["void", "5:10", { target: "shock" }],
  ]);
  assert.deepEqual(handoverWords(desk, ["arrest_onset", "shock"]), ["Arrest ~10:00"]);
});
