// A role's checklist: ordered items by phase, ticked with one tap; items whose event is logged tick themselves.

import { follow, icon, make, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { heldWords } from "./roles_view.js";

/** @import { Desk } from "./desk.js" */
/** @import { Panel } from "./panel_view.js" */
/** @import { ItemReading } from "../core/board.js" */

const SKIP_REASONS = ["not needed", "no kit"];
/** @type {Record<string, string>} */
const ICONS = { done: "circle-check", skipped: "circle-slash", open: "circle-dashed" };

/**
 * @param {Desk} desk
 * @param {string} key
 * @param {(panel: string, about?: string) => void} open
 * @returns {Panel | null}
 */
export function checklistPanel(desk, key, open) {
  const role = desk.protocol.roles.find((each) => each.key === key);
  if (!role) return null;
  const held = make("p", { className: "role-line" });
  const take = make("button", { className: "chip", type: "button", textContent: "Take this role" });
  const join = make("button", { className: "chip", type: "button", textContent: "Join as second" });
  const leave = make("button", { className: "chip", type: "button", textContent: "Hand it over" });
  onPress(take, desk.now, () => desk.takeRole(key, "take"));
  onPress(join, desk.now, () => desk.takeRole(key, "join"));
  onPress(leave, desk.now, () => desk.record({ kind: "role_released", payload: { value: key } }));
  const events = make("div", { className: "chips", role: "group", "aria-label": "What this role records" });
  for (const kind of role.buttons) {
    const button = make(
      "button",
      { className: "chip chip-event", type: "button" },
      icon("flag"),
      desk.protocol.kinds[kind]?.short ?? kind,
    );
    onPress(button, desk.now, (at) => desk.record({ kind, at }));
    events.append(button);
  }
  const list = make("ol", { className: "items" });
  const phases = make("div", { className: "chips phase-chips", role: "group", "aria-label": "Phase" });
  /** @type {string | null} the phase somebody chose to look at; the present one otherwise */
  let chosen = null;
  const phaseChips = desk.protocol.phases
    .filter((phase) => role.items.some((item) => item.phase === phase.letter))
    .map((phase) => {
      const count = make("span", { className: "digits" });
      const button = make("button", { className: "chip", type: "button" }, `${phase.label} `, count);
      onPress(button, desk.now, () => {
        chosen = phase.letter;
        render();
      });
      phases.append(button);
      return { ...phase, button, count };
    });
  const element = make(
    "div",
    { className: "checklist" },
    make("div", { className: "role-head" }, held, make("div", { className: "chips" }, take, join, leave)),
    phases,
    list,
    events,
  );
  /** @type {string | null} */
  let opened = null;

  /** @param {string} id */
  function rowOf(id) {
    const tick = make(
      "button",
      { className: "item-tick", type: "button" },
      icon("circle-dashed", "item-mark"),
      make(
        "span",
        { className: "item-words" },
        make("span", { className: "item-text" }),
        make("span", { className: "item-note" }),
      ),
    );
    onPress(tick, desk.now, (at) => press(id, at));
    const more = make("button", {
      className: "item-more",
      type: "button",
      "aria-label": "Other ways to answer",
      textContent: "…",
    });
    onPress(more, desk.now, () => {
      opened = opened === id ? null : id;
      render();
    });
    const ways = make("div", { className: "chips item-ways", hidden: true });
    const earlier = make("button", { className: "chip", type: "button", textContent: "Done earlier" });
    onPress(earlier, desk.now, (at) => answer({ kind: "item_ticked", at, payload: { value: id, how: "earlier" } }));
    ways.append(earlier);
    for (const reason of SKIP_REASONS) {
      const skip = make("button", {
        className: "chip",
        type: "button",
        textContent: reason.replace(/^./, (c) => c.toUpperCase()),
      });
      onPress(skip, desk.now, (at) => answer({ kind: "item_skipped", at, payload: { value: id, reason } }));
      ways.append(skip);
    }
    return make("li", { className: "item" }, make("div", { className: "item-row" }, tick, more), ways);
  }

  /** @param {import("../sync/pen.js").Said} said */
  function answer(said) {
    opened = null;
    desk.record(said);
  }

  /**
   * @param {string} id
   * @param {number} at
   */
  function press(id, at) {
    const item = desk.reading.checklists[key]?.find((each) => each.id === id);
    if (!item) return;
    if (item.state === "open") answer({ kind: "item_ticked", at, payload: { value: id, how: "now" } });
    else if (item.how === "event" && item.record !== null) open("correction", item.record);
    else answer({ kind: "item_unticked", at, payload: { value: id } });
  }

  function render() {
    const reading = desk.reading.roles.find((each) => each.key === key);
    const all = desk.reading.checklists[key] ?? [];
    const letter = chosen ?? presentLetter();
    const items = all.filter((item) => item.phase === letter);
    for (const chip of phaseChips) {
      const open = all.filter((item) => item.phase === chip.letter && item.state === "open").length;
      setAttribute(chip.button, "aria-pressed", String(chip.letter === letter));
      setText(chip.count, open === 0 ? "✓" : String(open));
      setAttribute(
        chip.button,
        "aria-label",
        `${chip.label} ${chip.count.textContent} ${open === 0 ? "all answered" : "open"}`,
      );
    }
    const mine = desk.role === key;
    const free = (reading?.holders.length ?? 0) === 0;
    setText(held, reading ? `Held by: ${heldWords(reading, mine)}. ${reading.done} of ${reading.total} done.` : "");
    setText(take, free ? "Take this role" : "Take over");
    show(take, !mine);
    show(join, !mine && !free);
    show(leave, mine);
    const current = items.find((item) => item.state === "open")?.id ?? null;
    follow(
      list,
      items,
      (item) => item.id,
      (item) => rowOf(item.id),
      (row, item) => fillRow(row, item, { current: item.id === current, opened: opened === item.id }),
    );
  }

  /** The letter of the phase the code is in, or of the nearest one before it that this role has items in. */
  function presentLetter() {
    const at = desk.protocol.phases.findIndex((phase) => phase.key === desk.reading.phase);
    const before = phaseChips.filter((chip) => desk.protocol.phases.findIndex((phase) => phase.key === chip.key) <= at);
    return (before.at(-1) ?? phaseChips[0])?.letter ?? "";
  }

  /**
   * @param {HTMLElement} row
   * @param {ItemReading} item
   * @param {{current: boolean, opened: boolean}} how
   */
  function fillRow(row, item, how) {
    setAttribute(row, "data-state", item.state);
    setAttribute(row, "data-current", how.current ? "yes" : null);
    const tick = row.querySelector(".item-tick");
    const mark = row.querySelector(".item-mark");
    const text = row.querySelector(".item-text");
    const note = row.querySelector(".item-note");
    const ways = row.querySelector(".item-ways");
    const more = row.querySelector(".item-more");
    if (!tick || !mark || !text || !note || !(ways instanceof HTMLElement) || !(more instanceof HTMLElement)) return;
    setAttribute(tick, "aria-pressed", String(item.state === "done"));
    setAttribute(more, "aria-expanded", String(how.opened));
    setIcon(mark, item.how === "event" ? "link" : (ICONS[item.state] ?? "circle-dashed"));
    setText(text, item.text);
    setText(note, noteOf(item));
    show(more, item.state === "open");
    show(ways, how.opened && item.state === "open");
  }

  /**
   * @param {ItemReading} item
   * @returns {string}
   */
  function noteOf(item) {
    const at = item.at === null ? "" : ` ${timeOfDay(item.at, desk.zone)}`;
    const by = item.by ? ` by ${item.by}` : "";
    if (item.state === "skipped") return `skipped: ${item.reason ?? ""}${by}${at}`;
    if (item.how === "event") return `from the log${at}${by}`;
    if (item.state === "done") return item.how === "earlier" ? `done earlier, said${at}${by}` : `done${at}${by}`;
    return item.waits_for.length > 0 ? `waits for ${item.waits_for.map(waitWords).join("; ")}` : "";
  }

  /** @param {string} id */
  function waitWords(id) {
    for (const other of desk.protocol.roles) {
      const found = other.items.find((item) => item.id === id);
      if (found) return `${other.short}: ${found.text.split(/[;:,(]/)[0]?.trim() ?? id}`;
    }
    return id;
  }

  return { title: role.label, element, render, stays: true, back: () => open("team") };
}

/**
 * All roles at a glance: who holds them and how far they are.
 * @param {Desk} desk
 * @param {(panel: string, about?: string) => void} open
 * @returns {Panel}
 */
export function teamPanel(desk, open) {
  const list = make("div", { className: "team" });
  function render() {
    follow(
      list,
      desk.reading.roles,
      (role) => role.key,
      (role) => {
        const button = make(
          "button",
          { className: "team-role", type: "button" },
          make("span", { className: "team-name" }),
          make("span", { className: "team-held" }),
          make("span", { className: "team-count digits" }),
          make("span", { className: "team-bar" }),
        );
        onPress(button, desk.now, () => open("role", role.key));
        return button;
      },
      (button, role) => {
        const [name, held, count, bar] = button.children;
        if (!name || !held || !count || !(bar instanceof HTMLElement)) return;
        setAttribute(button, "data-held", role.holders.length > 0 ? "yes" : "no");
        setAttribute(button, "data-essential", role.essential ? "yes" : null);
        setText(name, role.short);
        setText(held, role.essential && role.holders.length === 0 ? "needed" : heldWords(role, desk.role === role.key));
        setText(count, `${role.done}/${role.total}`);
        bar.style.setProperty("--share", String(role.total === 0 ? 0 : role.done / role.total));
      },
    );
  }
  return { title: "The team", element: list, render, stays: true };
}
