// The details of an entry: its value and the fields that the protocol has for its kind, each set by one press or a few
// keys, each a record of its own. What is not set stays unknown.

import { make, setAttribute, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";

/** @import { Desk } from "./desk.js" */
/** @import { RecordReading } from "../core/reading.js" */

/** @import { Details } from "../sync/details.js" */

/**
 * @typedef {{ key: string, label: string, type: "number" | "text" | "yes_no" | "choice", unit?: string,
 *   choices: { value: unknown, label: string }[] }} Field
 */

const YES_NO = [
  { value: true, label: "Yes" },
  { value: false, label: "No" },
];
const NUMBER = /^-?\d+([.,]\d+)?$/;

/**
 * The fields of a kind as one list: its value first, unless that has chips of its own.
 * @param {Details} details
 * @param {boolean} withValue
 * @returns {Field[]}
 */
export function fieldsOf({ value, fields }, withValue) {
  /** @type {Field[]} */
  const found = fields.map((field) => ({
    ...field,
    choices:
      field.type === "yes_no" ? YES_NO : (field.choices ?? []).map((choice) => ({ value: choice, label: choice })),
  }));
  if (!withValue) return found;
  const { type, label = "Value", unit, choices = [] } = value;
  if (type === "choice" && choices.length === 0) return found;
  if (type !== "choice" && type !== "number" && type !== "text") return found;
  return [{ key: "value", label, type, ...(unit === undefined ? {} : { unit }), choices }, ...found];
}

/**
 * What was typed, as the field takes it; null when it is no number where one is needed.
 * @param {string} typed
 * @param {Field["type"]} type
 * @returns {string | number | null}
 */
export function readField(typed, type) {
  const said = typed.trim();
  if (type !== "number") return said;
  return NUMBER.test(said) ? Number(said.replace(",", ".")) : null;
}

/**
 * @param {Desk} desk
 * @param {string} id
 * @param {boolean} withValue whether the value is among them
 * @param {(changes: Record<string, unknown>) => void} change
 * @returns {{element: HTMLElement, render: () => void}}
 */
export function detailsPart(desk, id, withValue, change) {
  const rows = make("div", { className: "details" });
  const fault = make("p", { className: "field-fault", role: "status" });
  const element = make("section", { className: "sheet-part", hidden: true }, make("h3", { textContent: "Details" }));
  element.append(rows, fault);
  /** @type {((record: RecordReading) => void)[]} */
  let shown = [];
  desk.details?.().then(
    (details) => {
      const kind = desk.find(id)?.kind ?? "";
      const fields = details[kind] ? fieldsOf(details[kind], withValue) : [];
      shown = fields.map((field) => rowOf(field));
      show(element, fields.length > 0);
      render();
    },
    () => {
      setText(fault, "What else can be said needs the server. Open this entry again when the device is live.");
      show(element, true);
    },
  );

  /** @param {Field} field */
  function rowOf(field) {
    return field.choices.length > 0 ? choiceRow(field) : typedRow(field);
  }

  /** @param {Field} field */
  function choiceRow({ key, label, choices }) {
    const chips = make("div", { className: "chips", role: "group", "aria-label": label });
    const buttons = choices.map(({ value, label: words }) => {
      const button = make("button", { className: "chip", type: "button", textContent: words });
      onPress(button, desk.now, () => change({ [key]: value }));
      chips.append(button);
      return { value, button };
    });
    rows.append(make("div", { className: "detail" }, make("span", { textContent: label }), chips));
    return (/** @type {RecordReading} */ record) => {
      for (const { value, button } of buttons)
        setAttribute(button, "aria-pressed", String(record.payload[key] === value));
    };
  }

  /** @param {Field} field */
  function typedRow({ key, label, type, unit }) {
    const name = `detail-${key}`;
    const input = make("input", {
      id: name,
      className: "note-input",
      type: "text",
      autocomplete: "off",
      inputMode: type === "number" ? "decimal" : "text",
    });
    const wrong = make("p", { className: "field-fault", id: `${name}-fault`, role: "status" });
    input.setAttribute("aria-describedby", wrong.id);
    const form = make(
      "form",
      { className: "detail", noValidate: true },
      make("label", { for: name, textContent: unit === undefined ? label : `${label} (${unit})` }),
      make(
        "div",
        { className: "time-row" },
        input,
        make("button", { className: "chip", type: "submit", textContent: "Set" }),
      ),
      wrong,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const said = readField(input.value, type);
      setText(wrong, said === null ? "Write a number, such as 7.1." : "");
      input.setAttribute("aria-invalid", String(said === null));
      if (said !== null && said !== "") change({ [key]: said });
    });
    rows.append(form);
    return (/** @type {RecordReading} */ record) => {
      const value = record.payload[key];
      // What somebody is typing is theirs.
      if (document.activeElement !== input && wrong.textContent === "")
        input.value = value == null ? "" : String(value);
    };
  }

  function render() {
    const record = desk.find(id);
    if (record) for (const row of shown) row(record);
  }

  return { element, render };
}
