// A typed time of day in the site's zone: for a time that no chip offers.

import { make, setText } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { aheadOfUtc, instantsOf, readTime, timeOfDay } from "../lib/zone.js";

/** @import { Desk } from "./desk.js" */

let serial = 0;

/**
 * @param {Desk} desk
 * @param {object} parts
 * @param {string} parts.label
 * @param {string} parts.verb the word on the button
 * @param {(at: number, precision: "minute" | "second") => void} parts.chosen
 * @returns {HTMLElement}
 */
export function timeField(desk, { label, verb, chosen }) {
  serial += 1;
  const id = `time-${serial}`;
  const input = make("input", {
    id,
    className: "time-input digits",
    type: "text",
    inputMode: "numeric",
    autocomplete: "off",
    placeholder: "hh:mm",
  });
  const fault = make("p", { className: "field-fault", id: `${id}-fault`, role: "status" });
  input.setAttribute("aria-describedby", fault.id);
  const button = make("button", { className: "chip", type: "submit", textContent: verb });
  const which = make("div", { className: "chips" });
  const form = make(
    "form",
    { className: "time-field", noValidate: true },
    make("label", { for: id, textContent: label }),
    make("div", { className: "time-row" }, input, button),
    which,
    fault,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    which.replaceChildren();
    const time = readTime(input.value);
    if (time === null) {
      setText(fault, "Write the time as 14:05 or 14:05:30.");
      return;
    }
    const found = instantsOf(time, desk.zone, desk.now());
    if (found.length === 0) {
      setText(fault, "No clock here showed that time in the last day.");
      return;
    }
    if (found.length === 1) {
      done(/** @type {number} */ (found[0]), time.precision);
      return;
    }
    // The hour that an autumn night repeats: only a person can say which.
    setText(fault, "This time came twice. Which one?");
    found.forEach((at, place) => {
      const chip = make("button", {
        className: "chip",
        type: "button",
        textContent: `${place === 0 ? "First" : "Second"} ${timeOfDay(at, desk.zone)}, ${aheadOfUtc(at, desk.zone)}`,
      });
      onPress(chip, desk.now, () => done(at, time.precision));
      which.append(chip);
    });
  });

  /**
   * @param {number} at
   * @param {"minute" | "second"} precision
   */
  function done(at, precision) {
    setText(fault, "");
    which.replaceChildren();
    input.value = "";
    chosen(at, precision);
  }
  return form;
}
