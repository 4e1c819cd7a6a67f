// The wall: the whole code at a glance, from five metres, without controls and without anybody's name.

import { elapsed, mmss, remaining } from "../core/clock.js";
import { ticked } from "../lib/beat.js";
import { follow, make, required, setAttribute, setIcon, setText } from "../lib/dom.js";
import { timeOfDay } from "../lib/zone.js";
import { dueOf, lookOf, riderOf } from "./acls_view.js";
import { anchorLine, chipWords, stateOf, stopOf } from "./clock_view.js";
import { linesOf } from "./feed_view.js";
import { nextOf } from "./milestones_view.js";
import { doubtOf, linkOf, QUIET_MS } from "./status_view.js";
import { decisionOf, dueWords, say, span } from "./words.js";

/** @import { Desk } from "./desk.js" */
/** @import { RoleReading } from "../core/reading.js" */

const ROLES_SHOWN = 4;
const LINES_SHOWN = 2;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function wallView(root, desk) {
  const clock = part("[data-clock]");
  const timers = part("[data-timers]");
  const chip = part("[data-chip]");

  /** @param {string} selector */
  function part(selector) {
    return required(selector, HTMLElement, root);
  }

  /** @param {number} now */
  return function render(now) {
    setText(part("[data-wall-clock]"), timeOfDay(now, desk.zone, true));
    renderLink(now);
    renderClock(now);
    ticked(clock);
    renderTimers(now);
    renderNext(now);
    renderRoles();
    // Bright digits that never move burn into a screen: the picture wanders by two pixels.
    const step = Math.floor(now / 60_000) % 4;
    root.style.translate = `${step % 2 === 0 ? 0 : 2}px ${step < 2 ? 0 : 2}px`;
  };

  /** @param {number} now */
  function renderLink(now) {
    const link = linkOf(desk.standing, now);
    const stale = isStale(now);
    const since = desk.standing.heardAt;
    const words = stale
      ? since === null
        ? "Not updating"
        : `Not updating since ${timeOfDay(since, desk.zone)}`
      : [link.words, doubtOf(desk.standing)].filter((each) => each !== "").join(" · ");
    setAttribute(part("[data-link]"), "data-link", stale ? "alone" : link.state);
    setText(part("[data-link-words]"), words);
    setIcon(required("[data-link] svg", SVGElement, root), stale ? "cloud-off" : link.icon);
  }

  /** @param {number} now */
  function isStale(now) {
    const { mode, heardAt } = desk.standing;
    return mode === "lost" || (heardAt !== null && mode !== "polling" && now - heardAt > QUIET_MS);
  }

  /** @param {number} now */
  function renderClock(now) {
    const { reading } = desk;
    const state = stateOf(reading.clock, decisionOf(reading), now);
    const until = stopOf(reading.clock, reading.code.closed_at, now);
    const from = reading.clock.anchor_at ?? reading.clock.count_from;
    const counted = from === null ? "--:--" : elapsed(from, until).text;
    const left = reading.clock.deadline === null ? null : remaining(reading.clock.deadline, until);
    const swapped = state === "elapsed" || state === "no_onset" || left === null;
    const mark = isStale(now) ? "~" : "";
    const hero = mark + (swapped ? counted : left.text);
    setAttribute(clock, "data-state", state);
    setText(part("[data-hero]"), hero);
    setAttribute(part("[data-hero]"), "data-long", hero.length > 5 ? "yes" : null);
    const none = state === "no_onset";
    setText(
      part("[data-title]"),
      none ? "SINCE START" : swapped ? "SINCE ARREST" : `TO FLOW TARGET ${mmss(reading.clock.limit_minutes * 60)}`,
    );
    const words = none
      ? { word: "ENTER ARREST TIME", icon: "triangle-alert", look: "soon" }
      : chipWords(state, left?.past ?? false);
    setText(part("[data-chip-word]"), words.word);
    setIcon(required("[data-chip] svg", SVGElement, root), words.icon);
    setAttribute(chip, "data-look", words.look);
    setText(part("[data-second-word]"), swapped ? "TO TARGET" : "ELAPSED");
    setText(part("[data-second]"), swapped ? (left?.text ?? "--:--") : counted);
    const { deadline } = reading.clock;
    setText(part("[data-by]"), deadline === null ? "" : `FLOW BY ${timeOfDay(deadline, desk.zone)}`);
    setText(part("[data-anchor-words]"), none ? "" : anchorLine(reading.clock, desk));
  }

  /** @param {number} now */
  function renderTimers(now) {
    const until = desk.reading.code.closed_at ?? now;
    const rhythm = desk.reading.timers.find((timer) => timer.key === "rhythm_cycle");
    const riders = new Set(desk.protocol.timers.filter((timer) => timer.rides_on).map((timer) => timer.key));
    const own = desk.reading.timers.filter((timer) => !riders.has(timer.key));
    const rows = own.map((timer) => {
      const look = lookOf(timer, now);
      const count = timer.count > 0 && timer.key !== "rhythm_cycle" ? `×${timer.count}` : "";
      const due = dueOf(timer, riderOf(desk, timer.key), now);
      const value = timer.since === null ? "–" : span(until - timer.since);
      return { key: timer.key, label: timer.label, value, count, due, state: look.state };
    });
    const named = typeof rhythm?.value === "string" && rhythm.value !== "unknown" ? rhythm.value : "–";
    const at = rhythm?.since ? timeOfDay(rhythm.since, desk.zone) : "";
    rows.push({ key: "rhythm", label: "Rhythm", value: named, count: "", due: at, state: "plain" });
    follow(
      timers,
      rows,
      (row) => row.key,
      () =>
        make(
          "div",
          { className: "wall-timer" },
          make("span", { className: "wall-timer-name digits" }),
          make("span", { className: "wall-timer-value digits" }),
          make("span", { className: "wall-timer-due digits" }),
        ),
      (element, row) => {
        setAttribute(element, "data-state", row.state);
        setAttribute(/** @type {Element} */ (element.children[1]), "data-long", row.value.length > 4 ? "yes" : null);
        const words = [`${row.label} ${row.count}`.trim(), row.value, row.due];
        words.forEach((word, place) => void setText(/** @type {Element} */ (element.children[place]), word));
      },
    );
  }

  /** @param {number} now */
  function renderNext(now) {
    const { reading } = desk;
    const closed = reading.code.state === "closed";
    const kind = nextOf(desk);
    const step = reading.path.find((each) => each.kind === kind);
    const due = dueWords(closed ? null : (step?.due ?? null), now);
    const ended = reading.code.closed_at === null ? "" : timeOfDay(reading.code.closed_at, desk.zone);
    setText(part(".wall-word"), closed ? "CODE ENDED" : "NEXT");
    setText(
      part("[data-next-name]"),
      closed ? ended : kind === null ? "–" : (desk.protocol.kinds[kind]?.label ?? kind),
    );
    setText(part("[data-next-left]"), due.words);
    setAttribute(part(".wall-next"), "data-look", due.state);
    const lines = linesOf(reading.records, 8)
      .filter((record) => record.voided === null && record.kind !== "note")
      .slice(0, LINES_SHOWN);
    follow(
      part("[data-last]"),
      lines,
      (record) => record.id,
      () => make("li", {}, make("span", { className: "digits" }), make("span", { className: "wall-last-what" })),
      (line, record) => {
        setText(
          /** @type {Element} */ (line.firstElementChild),
          record.at === null ? "" : timeOfDay(record.at, desk.zone),
        );
        setText(/** @type {Element} */ (line.lastElementChild), say(record, desk.protocol));
      },
    );
  }

  function renderRoles() {
    follow(
      part("[data-roles]"),
      shownRoles(desk.reading.roles),
      (role) => role.key,
      () => make("div", { className: "wall-role" }, make("strong", {}), make("span", {})),
      (element, role) => {
        const held = role.holders.length > 0;
        setAttribute(element, "data-held", held ? "yes" : "no");
        setText(/** @type {Element} */ (element.firstElementChild), role.short);
        setText(/** @type {Element} */ (element.lastElementChild), held ? `${role.done}/${role.total}` : "free");
      },
    );
  }
}

/**
 * Those who must be there first, then those who are.
 * @param {RoleReading[]} roles
 * @returns {RoleReading[]}
 */
function shownRoles(roles) {
  const rank = (/** @type {RoleReading} */ role) => (role.essential ? 0 : role.holders.length > 0 ? 1 : 2);
  return [...roles].sort((a, b) => rank(a) - rank(b)).slice(0, ROLES_SHOWN);
}
