import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pictureOf } from "../../../static/js/lib/picture.js";
import { ceilingState, countWords, dueOf, lookOf } from "../../../static/js/ui/acls_view.js";
import { chipWords, stateOf } from "../../../static/js/ui/clock_view.js";
import { savedWords } from "../../../static/js/ui/feed_view.js";
import { doorWords, doubtOf, linkOf } from "../../../static/js/ui/status_view.js";
import { loudOf, placeOf } from "../../../static/js/ui/strip_view.js";
import { dueWords, say, span, tilde, whoMovedOnset } from "../../../static/js/ui/words.js";
import { recordOf } from "../sync/fakes.js";

const protocol = JSON.parse(readFileSync(new URL("../../../timeline/protocols/ecpr-1.json", import.meta.url), "utf8"));
const MINUTE = 60_000;
const NOW = 1_700_000_000_000;

/**
 * @param {string} kind
 * @param {Record<string, any>} [payload]
 */
const said = (kind, payload = {}) => say({ kind, label: kind, payload }, protocol);

test("a record is said in the few words of a feed line", () => {
  assert.deepEqual(
    [
      said("shock", { value: 200, unit: "J" }),
      said("drug", { value: "adrenaline", dose: 1, unit: "mg" }),
      said("rhythm_check", { value: "VF" }),
      said("rhythm_check", { value: "unknown" }),
      said("ecpr_decision", { value: "no_go" }),
      said("code_closed", { value: "rosc" }),
      said("role_taken", { value: "leader" }),
      said("prompt_raised", { value: "activate_by", case: 1 }),
      said("prompt_answered", { value: "activate_by", case: 1, answer: "not_yet" }),
      said("ecpr_cancelled", { value: "sustained ROSC" }),
      said("ecpr_cancelled"),
      said("something_new", { value: 3 }),
    ],
    [
      "Shock 200 J",
      "Adrenaline 1 mg",
      "Rhythm VF",
      "Rhythm check",
      "ECPR decision NO",
      "Code ended: ROSC, no ECMO",
      "Leader taken",
      "Asked: 15 min of CPR: call the ECPR team?",
      "Not yet: 15 min of CPR: call the ECPR team?",
      "ECPR cancelled: sustained ROSC",
      "ECPR cancelled",
      "something_new 3",
    ],
  );
});

test("spans are said as people say them", () => {
  assert.deepEqual([0, 42_000, 125_000, 6_000_000].map(span), ["0:00", "0:42", "2:05", "1:40:00"]);
});

test("what comes due has a word and a look: on track, soon, over", () => {
  assert.deepEqual(dueWords(null, NOW), { state: "open", words: "" });
  assert.deepEqual(dueWords(NOW + 10 * MINUTE, NOW), { state: "track", words: "10:00 left" });
  assert.deepEqual(dueWords(NOW + MINUTE, NOW), { state: "soon", words: "1:00 left" });
  assert.deepEqual(dueWords(NOW - MINUTE - 10_000, NOW), { state: "over", words: "+1:10 over" });
});

test("only what is not certain carries a tilde", () => {
  assert.deepEqual(
    [tilde("observed", "second"), tilde("estimated", "second"), tilde("unknown", "minute"), tilde("observed", "about")],
    ["", "~", "~", "~"],
  );
});

/** @param {object} [more] */
const standing = (more = {}) => ({
  mode: /** @type {"live" | "connecting" | "polling" | "lost"} */ ("live"),
  devices: 6,
  clocksOff: [],
  heardAt: NOW,
  uncertainty: 10,
  stepped: { times: 0, by: 0 },
  awake: true,
  items: [],
  trouble: null,
  ...more,
});
const waiting = [1, 2, 3].map((number) => ({ record: recordOf(number), state: "kept", reason: null, detail: null }));

test("the connection is said in words, and what is not shared is counted", () => {
  const words = [
    standing(),
    standing({ devices: 1 }),
    standing({ mode: "connecting", heardAt: NOW - 14_000 }),
    standing({ mode: "connecting", heardAt: NOW - 2000 }),
    standing({ mode: "lost", items: waiting }),
    standing({ mode: "connecting", heardAt: null }),
    standing({ mode: "polling" }),
    standing({ trouble: 404, items: waiting }),
    standing({ items: waiting.map((item) => ({ ...item, state: "refused" })) }),
    standing({ items: waiting.map((item) => ({ ...item, state: "recorded" })) }),
  ].map((each) => linkOf(/** @type {any} */ (each), NOW).words);
  assert.deepEqual(words, [
    "Live, 6 devices",
    "Live, 1 device",
    "Behind 14 s",
    "Reconnecting",
    "This device only, 3 not shared",
    "Connecting",
    "Live, slower",
    "Join again to share 3",
    "3 needs a look",
    "Live, 6 devices",
  ]);
});

test("how safe a record is stands beside it in words", () => {
  const states = /** @type {const} */ (["saving", "kept", "memory", "recorded", "refused", undefined]);
  assert.deepEqual(
    states.map((state) => savedWords(state)),
    ["saving…", "on this tablet", "NOT SAVED", "recorded", "needs you", "on this tablet"],
  );
});

test("a clock is in doubt above a quarter of a second, and says by how much", () => {
  const words = [null, 100, 250, 700, 2000].map((uncertainty) =>
    doubtOf({ uncertainty, serverMoved: 0, clocksOff: [] }),
  );
  assert.deepEqual(words, ["clock not verified", "", "", "clock ±1 s", "clock ±2 s"]);
});

test("a device whose clock the server finds off is named on every screen", () => {
  const slow = { label: "Console tablet", seconds: -7 };
  const fast = { label: "Omar", seconds: 12 };
  const words = [[], [slow], [slow, fast]].map((clocksOff) => doubtOf({ uncertainty: 2, serverMoved: 0, clocksOff }));
  assert.deepEqual(words, ["", "Console tablet: clock off by −7 s", "Console tablet and 1 more: clock off by −7 s"]);
});

test("at the door it is said what is left of the target", () => {
  assert.deepEqual([660_000, 0, -90_000].map(doorWords), [
    "At the door: 11:00 left to flow",
    "At the door: 0:00 left to flow",
    "At the door: 1:30 past target",
  ]);
});

test("what is loud: a pause by its length, and compressions stopped before flow", () => {
  const pause = { state: "running", at: NOW };
  const clock = { state: "running" };
  const early = [{ flag: "order_loud", text: "Compressions were stopped before flow was recorded" }];
  const calm = { pauses: [], flags: [], episodes: [{ rosc: null }], clock };
  const limits = { amber_seconds: 8, red_seconds: 10 };
  const loud = (/** @type {object} */ reading, /** @type {number} */ seconds) =>
    loudOf(/** @type {any} */ ({ ...calm, ...reading }), limits, NOW + seconds * 1000);
  const words = "NO COMPRESSIONS";
  assert.equal(loud({}, 0), null);
  assert.equal(loud({ pauses: [{ ...pause, state: "known" }] }, 5), null);
  assert.deepEqual(
    [7, 8, 10, 11, 75].map((seconds) => loud({ pauses: [pause] }, seconds)),
    [
      { state: "track", words, time: "0:07" },
      { state: "soon", words, time: "0:08" },
      { state: "soon", words, time: "0:10" },
      { state: "over", words, time: "0:11" },
      { state: "over", words, time: "1:15" },
    ],
  );
  assert.deepEqual(loud({ flags: early }, 0), { state: "over", words: early[0]?.text, time: "" });
  assert.equal(loud({ flags: early, clock: { state: "flow_on" } }, 0), null);
  assert.equal(loud({ flags: early, episodes: [{ rosc: "id" }] }, 0), null);
});

test("a server whose system clock was set is named, unless this device's own clock is the greater doubt", () => {
  const words = [null, 100, 700].map((uncertainty) => doubtOf({ uncertainty, serverMoved: -120_000, clocksOff: [] }));
  assert.deepEqual(words, ["clock not verified", "server clock moved", "clock ±1 s"]);
});

const clock = {
  state: /** @type {"no_onset" | "running" | "flow_on" | "stopped" | "closed"} */ ("running"),
  anchor_at: NOW,
  anchor_latest: NOW,
  anchor_certainty: "observed",
  anchor_precision: "second",
  anchor_kind: "arrest_onset",
  deadline: NOW + 60 * MINUTE,
  limit_minutes: 60,
  stopped_at: null,
  left_at_door: null,
  count_from: NOW,
};

test("the clock is past its target only after the deadline, and a no swaps it for the time since the arrest", () => {
  assert.equal(stateOf(clock, null, NOW + 60 * MINUTE), "left");
  assert.equal(stateOf(clock, null, NOW + 60 * MINUTE + 1), "past");
  assert.equal(stateOf(clock, "no_go", NOW), "elapsed");
  assert.equal(stateOf({ ...clock, anchor_at: null, state: "no_onset" }, null, NOW), "no_onset");
  assert.equal(stateOf({ ...clock, state: "closed" }, "no_go", NOW), "closed");
});

test("every state of the clock has a word and a shape of its own", () => {
  const chips = [
    chipWords("left", false),
    chipWords("past", true),
    chipWords("flow_on", false),
    chipWords("stopped", false),
    chipWords("closed", false),
  ];
  assert.deepEqual(
    chips.map((chip) => chip.word),
    ["LEFT", "PAST TARGET", "FLOW ON", "STOPPED IN TARGET", "ENDED"],
  );
  assert.equal(new Set(chips.map((chip) => chip.icon)).size, 5);
});

const timer = { key: "adrenaline", label: "", count: 1, ceiling: null, dimmed: false, value: 1 };

test("a timer is due at its first limit and over after its second", () => {
  const drug = { ...timer, since: NOW, amber: NOW + 2.5 * MINUTE, due: NOW + 3 * MINUTE, overdue: NOW + 5 * MINUTE };
  const looks = [0, 2.6, 3, 5, 6].map((minutes) => lookOf(drug, NOW + minutes * MINUTE));
  assert.deepEqual(looks, [
    { state: "track", words: "due in 3:00" },
    { state: "soon", words: "due in 0:24" },
    { state: "soon", words: "due now" },
    { state: "soon", words: "due now" },
    { state: "over", words: "+3:00 over" },
  ]);
  assert.deepEqual(lookOf({ ...drug, since: null, amber: null, due: null, overdue: null }, NOW), {
    state: "open",
    words: "not yet",
  });
});

test("a count says what should be the most of it, where there is such a number", () => {
  const counts = [0, 2, 3].map((count) =>
    countWords({ ...timer, since: NOW, amber: null, due: null, overdue: null, count }),
  );
  assert.deepEqual(counts, ["", "×2", "×3"]);
  assert.equal(
    countWords({ ...timer, since: NOW, amber: null, due: null, overdue: null, count: 3, ceiling: 3 }),
    "×3/3",
  );
});

test("the marker of the strip stands where the minute is between the steps' due times", () => {
  /** @param {number | null} minutes */
  const step = (minutes) => ({
    kind: "",
    label: "",
    short: "",
    due: minutes === null ? null : NOW + minutes * MINUTE,
    state: /** @type {"open"} */ ("open"),
    at: null,
  });
  const path = [step(0), step(null), step(20), step(60)];
  const places = [0, 10, 20, 40, 60, 90].map((minute) => placeOf(minute, path, NOW));
  assert.deepEqual(places, [0.25, 0.5, 0.75, 0.875, 1, 1]);
});

test("a drawing becomes an image's address, with the namespace that an image needs", () => {
  const address = pictureOf('<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>');
  assert.equal(
    decodeURIComponent(address),
    'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0"/></svg>',
  );
});

test("who moved the arrest time last is named, with the reason; what still waits here is the newest", () => {
  const by = (/** @type {string} */ label) => ({ device: "d", label, person: null });
  const onset = /** @type {any} */ ({
    id: "a",
    seq: 2,
    kind: "arrest_onset",
    role: null,
    by: by("iPad 1"),
    corrections: [{ seq: 5, role: "team_leader", by: by("iPad 2"), reason: "wrong clock" }],
    voided: null,
    target: null,
  });
  const other = /** @type {any} */ ({ ...onset, id: "b", seq: 4, by: by("iPad 3"), corrections: [] });
  const protocol = /** @type {any} */ ({ roles: [{ key: "team_leader", short: "Leader" }] });
  assert.equal(whoMovedOnset([onset, other], protocol), "corrected by Leader: wrong clock");
  assert.equal(whoMovedOnset([other], protocol), "recorded by iPad 3");
  assert.equal(whoMovedOnset([onset, { ...other, seq: null }], protocol), "recorded by iPad 3");
  const judged = { ...other, id: "c", kind: "adjudication", seq: 9, target: "b" };
  assert.equal(whoMovedOnset([onset, other, judged], protocol), "settled by iPad 3");
  const undone = { ...onset, voided: { seq: 7, role: null, by: by("iPad 4"), reason: null } };
  assert.equal(whoMovedOnset([undone], protocol), "undone by iPad 4");
  assert.equal(whoMovedOnset([], protocol), "");
});

test("a count is amber one before its ceiling and red at it", () => {
  const states = [1, 2, 3, 4].map((count) => ceilingState({ count, ceiling: 3 }));
  assert.deepEqual(states, [null, "soon", "over", "over"]);
  assert.equal(ceilingState({ count: 9, ceiling: null }), null);
});

test("what is due on the cycle says the change of compressors with it", () => {
  const still = { label: "", count: 1, ceiling: null, value: null };
  const cycle = {
    ...still,
    key: "rhythm_cycle",
    since: 0,
    amber: 110_000,
    due: 120_000,
    overdue: 130_000,
    dimmed: false,
  };
  const rider = {
    ...still,
    key: "compressor",
    since: 0,
    amber: 110_000,
    due: 120_000,
    overdue: 130_000,
    dimmed: false,
  };
  assert.equal(dueOf(cycle, rider, 60_000), "due in 1:00");
  assert.equal(dueOf(cycle, rider, 125_000), "check + swap");
  assert.equal(dueOf(cycle, rider, 200_000), "+1:20 · swap");
  assert.equal(dueOf({ ...cycle, dimmed: true }, rider, 200_000), "swap CPR");
  assert.equal(dueOf({ ...cycle, since: 180_000, due: 300_000, overdue: 310_000 }, rider, 200_000), "swap CPR");
  // A machine does the work, or there is no such timer.
  assert.equal(dueOf(cycle, { ...rider, since: null, due: null }, 200_000), "+1:20 over");
  assert.equal(dueOf({ ...cycle, dimmed: true }, null, 200_000), "modified ALS");
});
