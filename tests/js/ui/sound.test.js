// The sounds: each moment once, and none that comes too late to be news.

import assert from "node:assert/strict";
import { test } from "node:test";
import { soundsAt } from "../../../static/js/ui/sound.js";

const due = [
  { key: "ten_left", label: "10 min left", at: 100_000 },
  { key: "target_passed", label: "Target passed", at: 700_000 },
];

test("a moment is sounded once, at the first look after it", () => {
  const known = new Set();
  assert.deepEqual(
    [99_000, 100_000, 101_000, 699_000, 700_000].map((now) => soundsAt(due, known, now)),
    [[], ["ten_left"], [], [], ["target_passed"]],
  );
});

test("what was heard of more than fifteen seconds late is not sounded, then or later", () => {
  const known = new Set();
  assert.deepEqual(
    [116_000, 117_000].map((now) => soundsAt(due, known, now)),
    [[], []],
  );
});

test("a moment that moves is another moment", () => {
  const known = new Set();
  soundsAt(due, known, 100_000);
  const moved = [{ key: "ten_left", label: "10 min left", at: 160_000 }];
  assert.deepEqual(soundsAt(moved, known, 160_000), ["ten_left"]);
});
