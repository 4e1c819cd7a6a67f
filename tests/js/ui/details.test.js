// Details of an entry: which fields a kind has, and what may be typed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldsOf, readField } from "../../../static/js/ui/details_view.js";

test("the value stands first, then the fields; yes and no are two choices", () => {
  /** @type {import("../../../static/js/sync/details.js").Details} */
  const details = {
    value: { type: "number", unit: "Fr" },
    fields: [
      { key: "side", label: "Side", type: "choice", choices: ["left", "right"] },
      { key: "us_guided", label: "Ultrasound-guided", type: "yes_no" },
    ],
  };
  const said = (/** @type {boolean} */ withValue) =>
    fieldsOf(details, withValue).map(({ key, label, unit, choices }) => [
      key,
      label,
      unit,
      choices.map((each) => each.label),
    ]);
  const fields = [
    ["side", "Side", undefined, ["left", "right"]],
    ["us_guided", "Ultrasound-guided", undefined, ["Yes", "No"]],
  ];
  assert.deepEqual(said(true), [["value", "Value", "Fr", []], ...fields]);
  assert.deepEqual(said(false), fields);
});

test("a value that is only a tap, or comes from another list, is no field", () => {
  for (const value of [{ type: "none" }, { type: "choice" }, { type: "role" }])
    assert.deepEqual(fieldsOf({ value, fields: [] }, true), []);
});

test("a number may have a comma, and what is no number is not taken as one", () => {
  assert.deepEqual(
    ["7,1", " 17 ", "-2.5", "seven", "1e3", ""].map((typed) => readField(typed, "number")),
    [7.1, 17, -2.5, null, null, null],
  );
  assert.deepEqual(readField(" A1 ", "text"), "A1");
});
