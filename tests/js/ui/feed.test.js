// The feed: what stands on a short list, and what only in the whole one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "../../../static/js/ui/feed_view.js";

/** @import { RecordReading } from "../../../static/js/core/reading.js" */

/** @param {string[]} kinds */
const recorded = (kinds) =>
  /** @type {RecordReading[]} */ (/** @type {unknown} */ (kinds.map((kind) => ({ kind, meta: false, flags: [] }))));

test("a question that came up pushes nothing off a short feed, and stands in the whole one", () => {
  const records = recorded(["shock", "prompt_raised", "prompt_answered", "role_taken"]);
  const kinds = (/** @type {number | undefined} */ most) => linesOf(records, most).map((record) => record.kind);
  assert.deepEqual(kinds(4), ["prompt_answered", "shock"]);
  assert.deepEqual(kinds(undefined), ["role_taken", "prompt_answered", "prompt_raised", "shock"]);
});
