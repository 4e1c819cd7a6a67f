// Adding any event, now or in the past: first when, then what.

import { icon, make, setAttribute, setText } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { part } from "./correction_view.js";
import { timeField } from "./time_field.js";

/** @import { Desk } from "./desk.js" */
/** @import { Panel } from "./panel_view.js" */

const MINUTE = 60_000;
const AGO = [0, 1, 2, 5, 10, 15];
const GROUPS = ["onset", "resuscitation", "movement", "activation", "cannulation", "after_flow", "ending"];
// These have a form of their own: the list would ask for the drug only after the tap.
const ELSEWHERE = new Set(["drug"]);

/**
 * @param {Desk} desk
 * @param {string | undefined} only one kind: then only the time is asked for
 * @param {{close: () => void}} frame
 * @returns {Panel}
 */
export function addPanel(desk, only, frame) {
  /** @type {{ago: number} | {at: number, precision: "minute" | "second"}} */
  let when = { ago: 0 };
  const chips = make("div", { className: "chips", role: "group", "aria-label": "When" });
  const agoChips = AGO.map((minutes) => {
    const button = make("button", {
      className: "chip",
      type: "button",
      textContent: minutes === 0 ? "Now" : `${minutes} min ago`,
    });
    onPress(button, desk.now, (now) => {
      when = { ago: minutes };
      if (only !== undefined) write(only, {}, now);
      render();
    });
    chips.append(button);
    return { minutes, button };
  });
  const chosen = make("p", { className: "sheet-effect", role: "status" });
  const typed = timeField(desk, {
    label: `Or a time (${desk.zone})`,
    verb: only === undefined ? "Use" : "Set",
    chosen: (at, precision) => {
      when = { at, precision };
      if (only !== undefined) write(only, {}, desk.now());
      render();
    },
  });
  const element = make(
    "div",
    { className: "sheet" },
    part("When", chips, make("div", { className: "sheet-row" }, typed), chosen),
  );
  if (only === undefined) {
    element.append(
      part("Drug", drugs()),
      ...GROUPS.map((group) => part(labelOf(group), kinds(group))),
      part("Note", note()),
    );
  }

  /** @param {string} group */
  function labelOf(group) {
    const found = /** @type {{key: string, label: string}[]} */ (/** @type {any} */ (desk.protocol).groups ?? []).find(
      (each) => each.key === group,
    );
    return found?.label ?? group;
  }

  function drugs() {
    const box = make("div", { className: "chips" });
    for (const drug of desk.protocol.drugs) {
      const dose = drug.dose === null ? "" : ` ${drug.dose} ${drug.unit ?? ""}`;
      const button = make("button", { className: "chip", type: "button" }, icon("syringe"), `${drug.label}${dose}`);
      onPress(button, desk.now, (now) =>
        write("drug", { value: drug.value, dose: drug.dose, unit: drug.unit, route: drug.route }, now),
      );
      box.append(button);
    }
    return box;
  }

  /** @param {string} group */
  function kinds(group) {
    const box = make("div", { className: "chips" });
    for (const [kind, about] of Object.entries(desk.protocol.kinds)) {
      if (about.group !== group || ELSEWHERE.has(kind)) continue;
      const button = make("button", { className: "chip", type: "button", textContent: about.short });
      onPress(button, desk.now, (now) => write(kind, {}, now));
      box.append(button);
    }
    return box;
  }

  function note() {
    const input = make("input", {
      className: "note-input",
      id: "note-text",
      type: "text",
      maxLength: 500,
      autocomplete: "off",
    });
    const form = make(
      "form",
      { className: "time-row" },
      input,
      make("button", { className: "chip", type: "submit", textContent: "Add note" }),
    );
    input.setAttribute("aria-label", "Note");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim() === "") return;
      write("note", { value: input.value.trim() }, desk.now());
      input.value = "";
    });
    return form;
  }

  /**
   * @param {string} kind
   * @param {Record<string, any>} payload
   * @param {number} now
   */
  function write(kind, payload, now) {
    if ("at" in when) desk.record({ kind, at: when.at, precision: when.precision, source: "manual", payload });
    else if (when.ago === 0) desk.record({ kind, at: now, payload });
    else desk.record({ kind, at: now - when.ago * MINUTE, precision: "minute", source: "manual", payload });
    frame.close();
  }

  function render() {
    for (const { minutes, button } of agoChips) {
      setAttribute(button, "aria-pressed", only === undefined ? String("ago" in when && when.ago === minutes) : null);
    }
    const at = "at" in when ? when.at : null;
    setText(
      chosen,
      only === undefined && at !== null ? `At ${timeOfDay(at, desk.zone, true)}: now choose what happened.` : "",
    );
  }

  const name = only === undefined ? "Add an event" : (desk.protocol.kinds[only]?.label ?? "Add an event");
  return { title: only === "arrest_onset" ? "When was the arrest?" : name, element, render };
}
