// The clocks of other devices: how far each is off.

import assert from "node:assert/strict";
import { test } from "node:test";
import { offsetOf } from "../../../static/js/ui/clocks_view.js";
import { offsetWords } from "../../../static/js/ui/words.js";

test("a clock is ahead or behind by the shorter way round the day", () => {
  assert.deepEqual(
    [
      offsetOf("14:12:22", "14:05:30"),
      offsetOf("14:05:25", "14:05:30"),
      offsetOf("00:01:00", "23:59:00"),
      offsetOf("235900", "00:01:00"),
      offsetOf("14:05:30", "14:05:30"),
    ],
    [412_000, -5000, 120_000, -120_000, 0],
  );
});

test("without seconds a clock cannot be compared", () => {
  assert.deepEqual([offsetOf("14:05", "14:05:30"), offsetOf("soon", "14:05:30")], [null, null]);
});

test("how far a clock is off is said in words", () => {
  assert.deepEqual([412_000, -5000, 0, undefined].map(offsetWords), ["6:52 ahead", "0:05 behind", "right", "off"]);
});
