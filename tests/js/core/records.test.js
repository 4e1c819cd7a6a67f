import assert from "node:assert/strict";
import { test } from "node:test";
import { canonical, recordOf, waitingEntry } from "../../../static/js/core/records.js";

const known = { id: "i", code: "c", kind: "shock", device: "d", n: 1 };

test("a record has every key, empty where nothing is known", () => {
  assert.deepEqual(Object.keys(recordOf(known)).sort(), [
    "at",
    "certainty",
    "code",
    "device",
    "earliest",
    "id",
    "kind",
    "latest",
    "n",
    "null_reason",
    "payload",
    "precision",
    "role",
    "seen",
    "source",
    "target",
    "v",
    "when",
  ]);
});

test("a waiting record is an entry without a place", () => {
  const by = { device: "d", label: "iPad 3", person: null };
  const entry = waitingEntry(recordOf(known), by);
  assert.deepEqual([entry.seq, entry.received, entry.by], [null, null, by]);
});

test("the canonical text is sorted by code point and tight", () => {
  const text = canonical({ "𝟟": 1, ﬀ: 2, b: [1, 2.5, null, "é"], a: { d: true, c: "" } });
  assert.equal(text, '{"a":{"c":"","d":true},"b":[1,2.5,null,"é"],"ﬀ":2,"𝟟":1}');
});

test("numbers that JSON cannot hold are refused", () => {
  assert.throws(() => canonical({ a: Number.NaN }), RangeError);
});
