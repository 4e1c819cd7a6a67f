// Entries that speak of the same thing: shown together, settled by a person, and all of them kept.

import { make, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { say, tilde, writer } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { Reading, RecordReading } from "../core/reading.js" */

/**
 * One milestone at two different times (`times`), or one shock or drug that two devices may both have recorded
 * (`double`); the records in the order of their times.
 * @typedef {{sort: "times" | "double", records: RecordReading[]}} Dispute
 */

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
  return double ? { sort: "double", records: among(reading, double.records) } : null;
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

  function render() {
    const dispute = disputeOf(desk.reading, id);
    show(element, dispute !== null);
    const now = dispute === null ? "" : JSON.stringify(dispute.records.map((each) => [each.id, each.at]));
    // Drawn anew only when something changed: a button must not be replaced under a finger.
    if (dispute === null || now === drawn) return;
    drawn = now;
    const what = say(/** @type {RecordReading} */ (dispute.records[0]), desk.protocol);
    list.replaceChildren(
      ...dispute.records.map((each) =>
        make(
          "li",
          {},
          make("strong", { className: "digits", textContent: when(each) }),
          make("span", { textContent: ` ${writer(each, desk.protocol)}` }),
        ),
      ),
    );
    if (dispute.sort === "times") {
      setText(title, "Which time counts?");
      acts.replaceChildren(
        ...dispute.records.map((each) => chip(`${when(each)} counts`, () => desk.settle(each.id, `${what}: one time`))),
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
