// Entries that speak of the same thing: shown together, settled by a person, and all of them kept.

import { make, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { author, say, tilde, writer } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { Reading, RecordReading } from "../core/reading.js" */

/**
 * What a person has to settle:
 * - times: one milestone at two different times; the records in the order of their times
 * - double: one shock or drug that two devices may both have recorded; likewise
 * - corrections: a record that two people corrected without knowing of each other
 * - ended: a record that was made after the code was ended
 * - dangling: a record that speaks of one that is not here
 * @typedef {{sort: "times" | "double" | "corrections" | "ended" | "dangling", records: RecordReading[]}} Dispute
 */

/** @type {Record<string, "corrections" | "ended" | "dangling">} */
const ALONE = { concurrent_correction: "corrections", after_closing: "ended", dangling: "dangling" };

/**
 * What is in dispute about a record; null when nothing is, or a person has settled it.
 * @param {Reading} reading
 * @param {string} id
 * @returns {Dispute | null}
 */
export function disputeOf(reading, id) {
  const times = reading.conflicts.find((each) => each.records.includes(id));
  if (times) return { sort: "times", records: among(reading, times.records) };
  const double = reading.flags.find((each) => each.flag === "possible_double" && each.records.includes(id));
  if (double) return { sort: "double", records: among(reading, double.records) };
  const alone = reading.flags.find((each) => each.flag in ALONE && each.records.includes(id));
  const sort = ALONE[alone?.flag ?? ""];
  return sort === undefined ? null : { sort, records: among(reading, [id]) };
}

/**
 * @param {Reading} reading
 * @param {string[]} ids
 */
function among(reading, ids) {
  return reading.records.filter((record) => ids.includes(record.id));
}

/**
 * The few words for a line or a button: of a possible double only the later entry says so.
 * @param {Reading} reading
 * @param {string} id
 * @returns {string}
 */
export function disputeWords(reading, id) {
  const dispute = disputeOf(reading, id);
  if (dispute === null) return "";
  if (dispute.sort === "times") return `${dispute.records.length} times: which?`;
  if (dispute.sort === "corrections") return "2 values: which?";
  if (dispute.sort === "ended") return "after end: keep?";
  if (dispute.sort === "dangling") return "no target: keep?";
  return dispute.records.at(-1)?.id === id ? "2nd within 1 min" : "";
}

/**
 * The part of the correction sheet that settles a dispute; hidden while there is none.
 * @param {Desk} desk
 * @param {string} id
 * @returns {{element: HTMLElement, render: () => void}}
 */
export function disputePart(desk, id) {
  const title = make("h3", {});
  const list = make("ol", { className: "dispute-entries" });
  const acts = make("div", { className: "chips", role: "group" });
  const element = make("section", { className: "sheet-part dispute" }, title, list, acts);
  let drawn = "";

  /**
   * @param {string} words
   * @param {() => void} act
   */
  function chip(words, act) {
    const button = make("button", { className: "chip", type: "button", textContent: words });
    onPress(button, desk.now, act);
    return button;
  }

  /** @param {RecordReading} record */
  function when(record) {
    if (record.at === null) return "no time";
    return `${tilde(record.certainty, record.precision)}${timeOfDay(record.at, desk.zone, record.precision === "second")}`;
  }

  /** @param {RecordReading} record */
  function lineOf(record) {
    return make(
      "li",
      {},
      make("strong", { className: "digits", textContent: when(record) }),
      make("span", { textContent: ` ${writer(record, desk.protocol)}` }),
    );
  }

  /** @param {Dispute} dispute */
  function corrected({ records }) {
    return (records[0]?.corrections ?? [])
      .slice(-2)
      .map((each) =>
        make(
          "li",
          {},
          make("strong", { className: "digits", textContent: changedTo(each.changes) }),
          make("span", { textContent: ` ${author(each, desk.protocol)}` }),
        ),
      );
  }

  /** @param {Record<string, any>} changes */
  function changedTo(changes) {
    if (typeof changes.at === "number") return timeOfDay(changes.at, desk.zone, true);
    return Object.values(changes.payload ?? changes)
      .filter((each) => each !== null)
      .join(" ");
  }

  function render() {
    const dispute = disputeOf(desk.reading, id);
    show(element, dispute !== null);
    const now =
      dispute === null
        ? ""
        : JSON.stringify(dispute.records.map((each) => [each.id, each.at, each.corrections.length]));
    // Drawn anew only when something changed: a button must not be replaced under a finger.
    if (dispute === null || now === drawn) return;
    drawn = now;
    const what = say(/** @type {RecordReading} */ (dispute.records[0]), desk.protocol);
    list.replaceChildren(...(dispute.sort === "corrections" ? corrected(dispute) : dispute.records.map(lineOf)));
    if (dispute.sort === "times") {
      setText(title, "Which time counts?");
      acts.replaceChildren(
        ...dispute.records.map((each) => chip(`${when(each)} counts`, () => desk.settle(each.id, `${what}: one time`))),
      );
    } else if (dispute.sort === "corrections") {
      const record = /** @type {RecordReading} */ (dispute.records[0]);
      setText(title, "Two people corrected it. Which counts?");
      acts.replaceChildren(
        ...record.corrections
          .slice(-2)
          .map((each) =>
            chip(`${changedTo(each.changes)} counts`, () =>
              desk.correct(record, each.changes, "chosen of two corrections"),
            ),
          ),
      );
    } else if (dispute.sort !== "double") {
      const record = /** @type {RecordReading} */ (dispute.records[0]);
      const ended = dispute.sort === "ended";
      setText(title, ended ? "Recorded after the end. Does it belong here?" : "The entry it speaks of is not here.");
      acts.replaceChildren(
        chip("Keep it", () => desk.settle(record.id, `${what}: kept`)),
        chip("Drop it", () => desk.strike(record.id, ended ? "does not belong here" : "speaks of nothing", what)),
      );
    } else {
      setText(title, "One event, or two?");
      const later = /** @type {RecordReading} */ (dispute.records.at(-1));
      acts.replaceChildren(
        chip("Two: keep both", () => desk.settle(later.id, `${what}: both kept`)),
        chip("One: drop the later entry", () => desk.strike(later.id, "duplicate", what)),
      );
    }
  }

  return { element, render };
}
