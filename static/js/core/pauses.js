/**
 * Pauses of the compressions, as they were logged: each start with the restart that follows it.
 * Twin of timeline/core/pauses.py. A pause that lacks one half stays in the list and is never measured.
 */

import { first } from "./picks.js";
import { timed } from "./standing.js";

/** @import { Picks } from "./picks.js" */
/** @import { Fact } from "./standing.js" */

/**
 * @typedef {object} Pause  `span` is its length in ms; null when it cannot be measured.
 * @property {Fact | null} start
 * @property {Fact | null} end
 * @property {"known" | "running" | "incomplete" | "imprecise"} state
 * @property {number} at
 * @property {number | null} until
 * @property {number | null} span
 *
 * @typedef {object} PauseReading
 * @property {string | null} start
 * @property {string | null} end
 * @property {number} at
 * @property {number | null} seconds
 * @property {string | null} reason
 * @property {Pause["state"]} state
 * @property {boolean} over
 * @property {boolean} cannulation
 */

export const FLOW = ["flow_on", "flow_established"];
/** What comes without compressions: a pause that it follows is not running. */
const WITHOUT = [...FLOW, "rosc", "efforts_stopped", "death", "compressions_stopped"];

/**
 * All pauses in order of time.
 * @param {Picks} picks
 * @param {number | null} now UTC ms; null when the code is closed: nothing runs any more
 * @returns {Pause[]}
 */
export function pausesOf(picks, now) {
  const halves = [
    ...timed(picks.standing, "compression_pause_start"),
    ...timed(picks.standing, "compression_pause_end"),
  ].sort((one, other) => one.time - other.time || one.place - other.place);
  /** @type {Pause[]} */
  const found = [];
  /** @type {Fact | null} */
  let open = null;
  for (const fact of halves) {
    if (fact.kind === "compression_pause_end") {
      found.push(pause(open, fact));
      open = null;
      continue;
    }
    if (open !== null) found.push(pause(open, null));
    open = fact;
  }
  if (open !== null) {
    const at = open.time;
    const over = WITHOUT.some((kind) => timed(picks.standing, kind).some((fact) => fact.time >= at));
    if (now === null || open.coarse || over) found.push(pause(open, null));
    else {
      const until = Math.max(at, now);
      found.push({ start: open, end: null, state: "running", at, until, span: until - at });
    }
  }
  return found;
}

/**
 * @param {Fact | null} start
 * @param {Fact | null} end
 * @returns {Pause}
 */
function pause(start, end) {
  const bare = { start, end, at: (start ?? end)?.time ?? 0, until: null, span: null };
  if (start === null || end === null) return { ...bare, state: "incomplete" };
  if (start.coarse || end.coarse) return { ...bare, state: "imprecise" };
  return { ...bare, state: "known", until: end.time, span: end.time - start.time };
}

/**
 * The pauses of the reading. `over` says that a pause was longer than the protocol allows.
 * @param {Pause[]} pauses
 * @param {Picks} picks
 * @returns {PauseReading[]}
 */
export function pausesJson(pauses, picks) {
  const since = cannulationSince(picks);
  const most = picks.protocol.raw.pauses.red_seconds * 1000;
  return pauses.map(({ start, end, at, span, state }) => ({
    start: start?.id ?? null,
    end: end?.id ?? null,
    at,
    seconds: span === null ? null : span / 1000,
    reason: typeof start?.value === "string" && start.value !== "" ? start.value : null,
    state,
    over: span !== null && span > most,
    cannulation: since !== null && at >= since,
  }));
}

/**
 * When the cannulation began to ask for pauses: skin preparation, else the first needle; UTC ms.
 * @param {Picks} picks
 */
export function cannulationSince(picks) {
  return (picks.effective("site_prep") ?? picks.effective("cannulation_start"))?.at ?? null;
}

/**
 * When flow came first; UTC ms.
 * @param {Picks} picks
 */
export function flowAt(picks) {
  return first(FLOW.flatMap((kind) => timed(picks.standing, kind)))?.at ?? null;
}
