// A role's checklist: ordered items by phase, ticked with one tap; items whose event is logged tick themselves.

import { follow, icon, make, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { breaksFor } from "./breaks.js";
import { eventsOf, headOf } from "./role_view.js";

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
  const head = headOf(desk, key, render);
  const events = eventsOf(desk, role);
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
  const broken = make("ul", { className: "breaks", "aria-live": "polite" });
  const lateLine = make("p", { className: "sheet-meta", hidden: true });
  const cardLine = make("p", { className: "checklist-card", role: "status", hidden: true });
  const element = make(
    "div",
    { className: "checklist" },
    head.element,
    cardLine,
    broken,
    phases,
    lateLine,
    list,
    events.element,
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
    const all = desk.reading.checklists[key] ?? [];
    const letter = chosen ?? presentLetter();
    const items = all.filter((item) => item.phase === letter);
    /** @type {string[]} */
    const late = [];
    for (const chip of phaseChips) {
      const open = all.filter((item) => item.phase === chip.letter && item.state === "open").length;
      setAttribute(chip.button, "aria-pressed", String(chip.letter === letter));
      if (open > 0 && placeOf(chip.key) < placeOf(desk.reading.phase)) late.push(`${open} of ${chip.label}`);
      setText(chip.count, open === 0 ? "✓" : String(open));
      setAttribute(
        chip.button,
        "aria-label",
        `${chip.label} ${chip.count.textContent} ${open === 0 ? "all answered" : "open"}`,
      );
    }
    setText(lateLine, late.length === 0 ? "" : `To catch up: ${late.join(", ")}`);
    show(lateLine, late.length > 0);
    const card = cardWords(desk);
    setText(cardLine, card);
    show(cardLine, card !== "");
    head.render();
    events.render(desk.now());
    setAttribute(element, "data-large", head.isLarge() ? "yes" : null);
    follow(
      broken,
      breaksFor(desk.reading, desk.protocol, key),
      (each) => each.records.join(),
      () => make("li", { className: "break" }, icon("triangle-alert"), make("span", {})),
      (line, each) => setText(/** @type {Element} */ (line.lastElementChild), each.text),
    );
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
    const at = placeOf(desk.reading.phase);
    const before = phaseChips.filter((chip) => placeOf(chip.key) <= at);
    return (before.at(-1) ?? phaseChips[0])?.letter ?? "";
  }

  /** @param {string} phase */
  function placeOf(phase) {
    return desk.protocol.phases.findIndex((each) => each.key === phase);
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
    return waitsOf(item);
  }

  /**
   * What an open item waits for, whose it is, and what must not come before it.
   * @param {ItemReading} item
   */
  function waitsOf(item) {
    const waits = role?.items.find((each) => each.id === item.id)?.waits ?? [];
    const isHard = (/** @type {string} */ id) => waits.some((wait) => wait.item === id && wait.hard);
    const [hard, soft] = [item.waits_for.filter(isHard), item.waits_for.filter((id) => !isHard(id))];
    const words = [
      hard.length > 0 ? `NOT BEFORE ${hard.map(waitWords).join("; ")}` : "",
      soft.length > 0 ? `waits for ${soft.map(waitWords).join("; ")}` : "",
    ];
    return words.filter((each) => each !== "").join(" · ");
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
 * What stands over every list once circulation is back or the efforts have ended (clinical reference, 5.4); empty otherwise.
 * @param {Pick<Desk, "reading" | "zone">} desk
 * @returns {string}
 */
export function cardWords({ reading, zone }) {
  const { milestones, episodes } = reading;
  for (const [kind, words] of /** @type {[string, string][]} */ ([
    ["efforts_stopped", "Efforts stopped"],
    ["ecpr_abandoned", "ECPR abandoned"],
  ])) {
    const ended = milestones[kind];
    if (ended) return `${words} ${timeOfDay(ended.at, zone)}. Nothing more on this list is due.`;
  }
  const rosc = milestones.rosc;
  if (!rosc || (episodes.at(-1)?.rosc ?? null) === null || milestones.flow_on || milestones.flow_established) return "";
  return `ROSC ${timeOfDay(rosc.at, zone)}. Keep this list at hand: a re-arrest goes on from here.`;
}
