import assert from "node:assert/strict";
import { test } from "node:test";
import { disputeOf, disputeWords } from "../../../static/js/ui/dispute.js";

/**
 * @param {Partial<import("../../../static/js/core/reading.js").Reading>} parts
 * @returns {any}
 */
const reading = (parts) => ({ records: ["a", "b", "c"].map((id) => ({ id })), conflicts: [], flags: [], ...parts });

test("a milestone with two times is asked about on both of its entries", () => {
  const seen = reading({ conflicts: [{ kind: "flow_on", records: ["b", "a"], text: "" }] });
  assert.deepEqual(
    ["a", "b", "c"].map((id) => disputeWords(seen, id)),
    ["2 times: which?", "2 times: which?", ""],
  );
  assert.deepEqual(disputeOf(seen, "b"), { sort: "times", records: [{ id: "a" }, { id: "b" }] });
});

test("of a possible double only the later entry says so, and both show it when they are opened", () => {
  const seen = reading({ flags: [{ flag: "possible_double", records: ["a", "b"], text: "" }] });
  assert.deepEqual(
    ["a", "b"].map((id) => disputeWords(seen, id)),
    ["", "2nd within 1 min"],
  );
  assert.deepEqual(
    ["a", "b"].map((id) => disputeOf(seen, id)?.sort),
    ["double", "double"],
  );
});

test("a record is asked about that two people corrected at once, that came after the end, or that speaks of nothing", () => {
  const asked = ["concurrent_correction", "after_closing", "dangling"].map((flag) => {
    const seen = reading({ flags: [{ flag, records: ["b"], text: "" }] });
    return [disputeWords(seen, "a"), disputeWords(seen, "b"), disputeOf(seen, "b")?.sort];
  });
  assert.deepEqual(asked, [
    ["", "2 values: which?", "corrections"],
    ["", "after end: keep?", "ended"],
    ["", "no target: keep?", "dangling"],
  ]);
});

test("other notices are no dispute", () => {
  const seen = reading({ flags: [{ flag: "recorded_twice", records: ["a", "b"], text: "" }] });
  assert.equal(disputeOf(seen, "a"), null);
});
