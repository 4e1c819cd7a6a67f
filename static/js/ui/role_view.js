// A role's place: who holds it and held it, taking it, leaving it, speaking for somebody without a device; and what it
// records, for itself and for roles that nobody holds.

import { follow, icon, make, setAttribute, setText, show } from "../lib/dom.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { lookOf } from "./acls_view.js";
import { heldWords } from "./roles_view.js";

/** @import { Desk } from "./desk.js" */
/** @import { RoleJson } from "../core/protocol.js" */
/** @import { Tenure } from "../core/board.js" */

/**
 * Who holds a role, and what can be done about that.
 * @param {Desk} desk
 * @param {string} key
 * @param {() => void} repaint the panel that this is the head of
 * @returns {{element: HTMLElement, render: () => void, isLarge: () => boolean}} `isLarge`: the list is to be read from afar
 */
export function headOf(desk, key, repaint) {
  const scrubbed = desk.protocol.roles.find((each) => each.key === key)?.scrubbed ?? false;
  /** @type {boolean | null} as somebody chose; sterile hands read their list from two metres */
  let large = null;
  const line = make("p", { className: "role-line" });
  const before = make("p", { className: "role-before" });
  const take = chip("Take this role", () => desk.takeRole(key, "take"));
  const join = chip("Join as second", () => desk.takeRole(key, "join"));
  const leave = chip("Release it", () => desk.record({ kind: "role_released", payload: { value: key } }));
  const absent = chip("Here, no device", () => desk.fillRole(key));
  const gone = chip("No longer here", () =>
    desk.record({ kind: "role_released", payload: { value: key, proxy: true } }),
  );
  const size = chip("Large", () => {
    large = !isLarge();
  });
  const element = make(
    "div",
    { className: "role-head" },
    make("div", { className: "role-said" }, line, before),
    make("div", { className: "chips" }, take, join, absent, gone, leave, size),
  );

  /**
   * @param {string} words
   * @param {() => void} act
   */
  function chip(words, act) {
    const button = make("button", { className: "chip", type: "button", textContent: words });
    onPress(button, desk.now, () => {
      act();
      repaint();
    });
    return button;
  }

  function isLarge() {
    return large ?? (scrubbed && desk.role === key);
  }

  function render() {
    const reading = desk.reading.roles.find((each) => each.key === key);
    if (!reading) return;
    const mine = desk.role === key;
    const free = reading.holders.length === 0;
    const byProxy = reading.holders.some((holder) => holder.device === null);
    const standIn = desk.reading.roles.find((each) => each.covers.some((cover) => cover.role === key));
    const place = free
      ? `Nobody holds this role${standIn ? `; ${standIn.short} records for it` : ""}.`
      : byProxy && heldWords(reading, mine) === "here"
        ? "Held by somebody without a device."
        : `Held by ${heldWords(reading, mine)}.`;
    setText(line, place);
    const past = reading.tenure.filter((each) => each.ended !== null).map((each) => tenureWords(each, desk.zone));
    setText(before, past.length === 0 ? "" : `Before: ${past.join(", ")}`);
    show(before, past.length > 0);
    setText(take, free ? "Take this role" : "Take over");
    show(take, !mine);
    show(join, !mine && !free);
    show(absent, free);
    show(gone, byProxy);
    show(leave, mine);
    setAttribute(size, "aria-pressed", String(isLarge()));
  }

  return { element, render, isLarge };
}

/**
 * @param {Tenure} tenure
 * @param {string} zone
 * @returns {string} "Dr A 10:02–10:14"
 */
export function tenureWords({ label, since, until }, zone) {
  const time = (/** @type {number | null} */ at) => (at === null ? "?" : timeOfDay(at, zone));
  return `${label || "somebody"} ${time(since)}–${time(until)}`;
}

/**
 * The buttons of what a role records, and of what falls to it because another's place is empty.
 * @param {Desk} desk
 * @param {RoleJson} role
 * @returns {{element: HTMLElement, render: (now: number) => void}}
 */
export function eventsOf(desk, role) {
  /** @type {{key: string, words: HTMLElement, short: string}[]} what the role times says when it is due */
  const timed = [];
  /** @type {HTMLElement[]} the reasons for cancelling, while there is an activation to cancel */
  const cancelling = [];
  const others = make("div", { className: "role-covers" });
  const element = make("div", {}, group("What this role records", role.buttons), others);

  /**
   * @param {string} name
   * @param {string[]} kinds
   */
  function group(name, kinds) {
    const chips = make("div", { className: "chips", role: "group", "aria-label": name });
    for (const kind of kinds) {
      const words = make("span", { textContent: desk.protocol.kinds[kind]?.short ?? kind });
      const button = make("button", { className: "chip chip-event", type: "button" }, icon("flag"), words);
      onPress(button, desk.now, (at) => desk.record({ kind, at }));
      const timer = desk.protocol.timers.find((each) => each.kind === kind && each.value === null);
      if (timer) timed.push({ key: timer.key, words, short: words.textContent ?? "" });
      chips.append(button);
    }
    return make("div", { className: "role-events" }, chips, ...kinds.flatMap(reasonsOf));
  }

  /**
   * One tap records the event with its reason; the button alone records it without one.
   * @param {string} kind
   * @returns {HTMLElement[]}
   */
  function reasonsOf(kind) {
    const { short = kind, value = undefined } = desk.protocol.kinds[kind] ?? {};
    if (!value?.reason) return [];
    const name = `${short} because`;
    const chips = make("div", { className: "chips", role: "group", "aria-label": name });
    for (const choice of value.choices ?? []) {
      const button = make("button", { className: "chip chip-event", type: "button", textContent: choice.label });
      onPress(button, desk.now, (at) => desk.record({ kind, at, payload: { value: choice.value } }));
      chips.append(button);
    }
    const part = make(
      "div",
      { className: "role-cover" },
      make("p", { className: "role-line", textContent: name }),
      chips,
    );
    if (kind === "ecpr_cancelled") cancelling.push(part);
    return [part];
  }

  /** @param {number} now */
  function render(now) {
    for (const { key, words, short } of timed) {
      const timer = desk.reading.timers.find((each) => each.key === key);
      const due = timer && timer.due !== null && !timer.dimmed ? lookOf(timer, now).words : "";
      setText(words, due === "" ? short : `${short}: ${due}`);
    }
    const activated = desk.reading.milestones.ecpr_activated !== undefined;
    for (const part of cancelling) show(part, activated);
    const covers = desk.reading.roles.find((each) => each.key === role.key)?.covers ?? [];
    follow(
      others,
      covers,
      ({ role: key, kinds }) => `${key} ${kinds.join()}`,
      ({ role: key, kinds }) => {
        const name = desk.protocol.roles.find((each) => each.key === key)?.short ?? key;
        return make(
          "div",
          { className: "role-cover" },
          make("p", { className: "role-line", textContent: `For ${name}, which nobody holds` }),
          group(`For ${name}`, kinds),
        );
      },
      () => {},
    );
  }

  return { element, render };
}
