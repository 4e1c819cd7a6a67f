// What stands over a role's list once circulation is back or the efforts have ended.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { read } from "../../../static/js/core/reading.js";
import { cardWords } from "../../../static/js/ui/checklist_view.js";
import { entriesOf, moment } from "../core/short.js";

const protocol = JSON.parse(readFileSync(new URL("../../../timeline/protocols/ecpr-1.json", import.meta.url), "utf8"));

/** @param {any[]} entries */
const card = (entries) => cardWords({ reading: read(entriesOf(entries), protocol, moment("50:00")), zone: "UTC" });

test("ROSC and the end of efforts stand over every list, until a re-arrest or flow", () => {
  const rosc = [
    ["arrest_onset", "0:00"],
    ["cpr_start", "1:00"],
    ["rosc", "12:00"],
  ];
  assert.deepEqual(
    [
      card(rosc.slice(0, 2)),
      card(rosc),
      card([...rosc, ["rearrest", "20:00"]]),
      card([...rosc, ["flow_established", "30:00"]]),
      card([...rosc.slice(0, 2), ["efforts_stopped", "40:00"]]),
      card([...rosc.slice(0, 2), ["ecpr_abandoned", "35:00"]]),
    ],
    [
      "",
      "ROSC 10:12. Keep this list at hand: a re-arrest goes on from here.",
      "",
      "",
      "Efforts stopped 10:40. Nothing more on this list is due.",
      "ECPR abandoned 10:35. Nothing more on this list is due.",
    ],
  );
});
