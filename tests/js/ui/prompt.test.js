import assert from "node:assert/strict";
import { test } from "node:test";
import { askedOf } from "../../../static/js/ui/prompt_view.js";

/**
 * @param {string} key
 * @param {number} due
 * @param {Partial<import("../../../static/js/core/prompts.js").PromptReading>} [changes]
 * @returns {import("../../../static/js/core/prompts.js").PromptReading}
 */
function prompt(key, due, changes = {}) {
  const none = { raised: null, answer: null, answered: null, by: null, response: null };
  return { key, text: key, state: "open", case: 1, due, to: [], ...none, ...changes };
}

test("a device shows the question that came up last of those that are for its role or for everybody", () => {
  const all = prompt("all", 10);
  const mine = prompt("mine", 30, { to: ["leader"], state: "due" });
  const theirs = prompt("theirs", 40, { to: ["decision"] });
  assert.equal(askedOf([all, mine, theirs], "leader"), mine);
  assert.equal(askedOf([all, mine, theirs], "recorder"), all);
  assert.equal(askedOf([all, mine, theirs], null), all);
  assert.equal(askedOf([mine], null), null);
});

test("what is answered, done, overtaken or to come is not asked", () => {
  for (const state of /** @type {const} */ (["coming", "answered", "met", "overtaken", "lapsed"])) {
    assert.equal(askedOf([prompt(state, 10, { state })], null), null);
  }
});
