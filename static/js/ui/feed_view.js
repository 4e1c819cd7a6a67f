// The feed: what happened, newest first. Every line opens its correction; nothing that was written disappears.

import { follow, icon, make, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { disputeWords } from "./dispute.js";
import { author, say, tilde } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { RecordReading } from "../core/reading.js" */

// What stands in the whole list only: on a short one it would push out what happened to the patient. A question that came
// up is asked in its own place.
const QUIET = new Set([
  "role_taken",
  "role_released",
  "sound_taken",
  "sound_released",
  "attribution",
  "clock_offset",
  "adjudication",
  "prompt_raised",
]);
export const SHORT_FEED = 4;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 * @param {(panel: string, about?: string) => void} open
 * @param {number} [most] how many lines; all of them, roles and ticks too, when left out
 */
export function feedView(root, desk, open, most) {
  const list = make("ol", { className: "feed-lines", "aria-live": "polite", "aria-relevant": "additions" });
  const empty = make("p", {
    className: "feed-empty",
    textContent: "Nothing recorded yet. Press a button: the time is taken when you touch it.",
  });
  root.append(list, empty);

  return function render() {
    const lines = linesOf(desk.reading.records, most);
    show(empty, lines.length === 0);
    follow(
      list,
      lines,
      (record) => record.id,
      (record) => {
        const button = make(
          "button",
          { className: "feed-line", type: "button" },
          make("span", { className: "feed-time digits" }),
          make("span", { className: "feed-what" }),
          make("span", { className: "feed-who" }),
          icon("cloud-off", "feed-mark"),
          make("span", { className: "feed-state" }),
        );
        onPress(button, desk.now, () => open("correction", record.id));
        return make("li", {}, button);
      },
      (item, record) => fillLine(/** @type {HTMLElement} */ (item.firstElementChild), record, desk),
    );
  };
}

/**
 * @param {RecordReading[]} records
 * @param {number | undefined} most
 * @returns {RecordReading[]}
 */
export function linesOf(records, most) {
  const told = records.filter((record) =>
    most === undefined
      ? (record.kind !== "void" && record.kind !== "correction") || record.flags.includes("dangling")
      : !record.meta && !QUIET.has(record.kind),
  );
  return told.reverse().slice(0, most);
}

/**
 * @param {HTMLElement} button
 * @param {RecordReading} record
 * @param {Desk} desk
 */
function fillLine(button, record, desk) {
  const [time, what, who, mark, state] = button.children;
  if (!time || !what || !who || !mark || !state) return;
  const own = desk.standing.items.find((item) => item.record.id === record.id);
  const trouble = own?.state === "refused" ? own : null;
  const disputed = disputeWords(desk.reading, record.id);
  const status = trouble
    ? "refused"
    : record.voided
      ? "voided"
      : disputed !== ""
        ? "disputed"
        : record.waiting
          ? "waiting"
          : record.corrections.some((each) => !each.fills)
            ? "corrected"
            : "kept";
  setAttribute(button, "data-status", status);
  setText(time, timeWords(record, desk.zone));
  setText(what, say(record, desk.protocol));
  setText(who, author(record, desk.protocol));
  setIcon(
    mark,
    {
      refused: "triangle-alert",
      voided: "undo-2",
      disputed: "triangle-alert",
      waiting: "cloud-off",
      corrected: "pencil",
      kept: "check",
    }[status] ?? "check",
  );
  const words = {
    refused: () => `needs you: ${trouble?.detail || "the server did not take it"}`,
    disputed: () => disputed,
    waiting: () => savedWords(own?.state),
    voided: () => undoneWords(record, desk),
    corrected: () => correctedWords(record, desk.zone),
    kept: () => savedWords("recorded"),
  };
  setText(state, words[status]());
}

/**
 * @param {RecordReading} record
 * @param {string} zone
 */
function timeWords(record, zone) {
  if (record.at === null) return "no time";
  return `${tilde(record.certainty, record.precision)}${timeOfDay(record.at, zone, record.precision === "second")}`;
}

/**
 * How safe a record is, in words: "recorded" is committed at the server, "on this tablet" is on this disk and will arrive.
 * @param {import("../sync/outbox.js").State} [state] as in this device's outbox; what is not there waits for another tab
 * @returns {string}
 */
export function savedWords(state = "kept") {
  return {
    saving: "saving…",
    kept: "on this tablet",
    memory: "NOT SAVED",
    recorded: "recorded",
    refused: "needs you",
  }[state];
}

/**
 * @param {RecordReading} record
 * @param {Desk} desk
 */
function undoneWords(record, desk) {
  const { voided } = record;
  return voided === null ? "" : `undone by ${author({ role: voided.role, by: voided.by }, desk.protocol)}`;
}

/**
 * @param {RecordReading} record
 * @param {string} zone
 */
function correctedWords(record, zone) {
  const before = record.corrections.find((each) => typeof each.before.at === "number")?.before.at;
  return typeof before === "number" ? `was ${timeOfDay(before, zone, true)}` : "corrected";
}
