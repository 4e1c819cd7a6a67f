// The start page and the role page: the running codes' clocks tick while the page stands open, on the server's time.
// Without it the pages show whole minutes. Nothing ticks before the first probe has come back, so that no device ever
// shows a clock of its own.

import { keepClock } from "./boot.js";
import { ClockEstimate, elapsed, remaining } from "./core/clock.js";
import { startBeat } from "./lib/beat.js";
import { required, setAttribute, setText } from "./lib/dom.js";
import { timeOfDay } from "./lib/zone.js";
import { Door } from "./sync/door.js";
import { Timekeeper } from "./sync/timekeeper.js";

const mono = () => performance.now();
const door = new Door({
  fetch: (input, init) => fetch(input, init),
  moment: () => ({ mono: mono(), now: Date.now() }),
});
let ticking = false;
const keeper = new Timekeeper({
  estimate: () => new ClockEstimate(),
  clocks: { mono, wall: () => Date.now() },
  ask: async (t0) => ({ ...(await door.time(t0)), t3: mono() }),
  boot: "start",
  learned: (wallOffset) => {
    keepClock(wallOffset);
    if (ticking) return;
    ticking = true;
    startBeat(() => keeper.now(), paint);
  },
});

/** @param {number} now server time, UTC ms */
function paint(now) {
  keeper.checkForSleep();
  for (const each of elements("[data-since]")) {
    setText(each, elapsed(Number(each.dataset.since), Number(each.dataset.until ?? now)).text);
  }
  for (const each of elements("[data-glance=left], [data-glance=past]")) paintGlance(each, now);
  for (const each of elements("[data-clock]")) {
    setText(required("[data-clock-time]", HTMLElement, each), timeOfDay(now, each.dataset.clock ?? "UTC", true));
    each.hidden = false;
  }
}

/**
 * @param {HTMLElement} glance
 * @param {number} now
 */
function paintGlance(glance, now) {
  const left = remaining(Number(glance.dataset.deadline), now);
  const word = required("[data-glance-word]", HTMLElement, glance);
  setText(required("[data-glance-time]", HTMLElement, glance), left.text);
  setText(word, left.past ? "PAST TARGET" : "LEFT");
  setAttribute(word, "class", left.past ? "tag tag--overdue" : "tag tag--on-track");
}

/** @param {string} selector */
function elements(selector) {
  return /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector));
}

if (elements("[data-since], [data-glance], [data-clock]").length > 0) void keeper.burst();
