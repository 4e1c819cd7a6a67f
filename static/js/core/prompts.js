/**
 * The prompts: at each staged target one question to the right roles, answered once for all.
 * Twin of timeline/core/prompts.py.
 */

import { MINUTE } from "./intervals.js";

/** @import { Holder } from "./board.js" */
/** @import { ClockReading } from "./countdown.js" */
/** @import { Picks } from "./picks.js" */
/** @import { ConditionJson, PromptJson } from "./protocol.js" */
/** @import { By } from "./records.js" */
/** @import { Fact } from "./standing.js" */

/**
 * @typedef {object} PromptReading
 * @property {string} key
 * @property {string} text
 * @property {"coming" | "due" | "open" | "answered" | "met" | "overtaken" | "lapsed"} state
 * @property {number} case
 * @property {number | null} due
 * @property {number | null} raised
 * @property {string[]} to  The roles asked; empty means everybody.
 * @property {string | null} answer
 * @property {number | null} answered
 * @property {By | null} by
 * @property {number | null} response  From asking to the answer, in ms.
 */

const RAISED = "prompt_raised";
const ANSWERED = "prompt_answered";
export const ANSWERS = ["done", "not_yet", "not_applicable"];
/** Who is asked when nobody holds a role that the prompt is for. */
const FALLBACKS = ["leader", "recorder"];
/** After these nothing is asked any more. */
const ENDS = ["efforts_stopped", "ecpr_abandoned", "death"];

/**
 * Every prompt that has come up in the present case or will, in the protocol's order.
 * @param {Picks} picks
 * @param {ClockReading} clock
 * @param {number} now
 * @param {Map<string, Holder[]>} held
 * @returns {PromptReading[]}
 */
export function promptsOf(picks, clock, now, held) {
  const number = picks.course.number;
  const raised = byKey(picks, RAISED, number);
  const answered = byKey(picks, ANSWERED, number);
  /** @type {PromptReading[]} */
  const found = [];
  /** @type {{each: PromptReading, due: number, until: string[]}[]} */
  const said = [];
  for (const prompt of picks.protocol.raw.prompts) {
    const asked = raised.get(prompt.key);
    const answer = answered.get(prompt.key);
    const due = dueOf(prompt, picks, clock);
    if (due === null && !asked && !answer) continue;
    const since = asked ? asked.at : due;
    const at = answer?.at ?? null;
    /** @type {PromptReading} */
    const each = {
      key: prompt.key,
      text: prompt.text,
      state: answer ? "answered" : stateOf(prompt, picks, clock, due, asked !== undefined, now),
      case: number,
      due,
      raised: asked?.at ?? null,
      to: askedRoles(prompt.roles, held),
      answer: answer ? String(answer.payload.answer) : null,
      answered: at,
      by: answer?.entry.by ?? null,
      response: at === null || since === null ? null : Math.max(0, at - since),
    };
    found.push(each);
    if (due !== null && (isAsking(each) || answer)) said.push({ each, due, until: prompt.until });
  }
  // Of prompts with the same goal that are past, only the last one asks: exactly one at a time.
  const overtaken = said.filter(
    ({ each, due, until }, place) =>
      isAsking(each) &&
      said.some(
        (other, otherPlace) =>
          (other.due > due || (other.due === due && otherPlace > place)) &&
          other.until.every((kind) => until.includes(kind)),
      ),
  );
  for (const { each } of overtaken) each.state = "overtaken";
  return found;
}

/**
 * Whether a prompt waits for somebody's answer.
 * @param {PromptReading} prompt
 */
export function isAsking({ state }) {
  return state === "due" || state === "open";
}

/**
 * Of a prompt's roles those that somebody holds; else the leader, else the recorder, else (empty) everybody.
 * @param {string[]} roles
 * @param {Map<string, Holder[]>} held
 */
function askedRoles(roles, held) {
  /** @param {string} role */
  const taken = (role) => (held.get(role)?.length ?? 0) > 0;
  const found = roles.filter(taken);
  return found.length > 0 ? found : FALLBACKS.filter(taken).slice(0, 1);
}

/**
 * The first word of this kind on each prompt of the present case; of an answer only one that is known.
 * @param {Picks} picks
 * @param {string} kind
 * @param {number} number
 */
function byKey(picks, kind, number) {
  /** @type {Map<string, Fact>} */
  const found = new Map();
  for (const fact of picks.standing.ofKind.get(kind) ?? []) {
    const { value: key, case: of = 1, answer } = fact.payload;
    if (typeof key !== "string" || found.has(key) || of !== number) continue;
    if (kind === RAISED || ANSWERS.includes(/** @type {string} */ (answer))) found.set(key, fact);
  }
  return found;
}

/**
 * When it comes due: so long after the first of its kinds that is recorded, or with the nth event if that is earlier.
 * @param {PromptJson} prompt
 * @param {Picks} picks
 * @param {ClockReading} clock
 */
function dueOf(prompt, picks, clock) {
  /** @type {number[]} */
  const times = [];
  const anchor = prompt.after_minutes === null ? null : anchorOf(prompt, picks, clock);
  if (anchor !== null) times.push(anchor + (prompt.after_minutes ?? 0) * MINUTE);
  if (prompt.count) {
    const events = picks.candidates(prompt.count.kind, "case").map((fact) => fact.time);
    const nth = events.sort((one, other) => one - other)[prompt.count.times - 1];
    if (nth !== undefined) times.push(nth);
  }
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * @param {PromptJson} prompt
 * @param {Picks} picks
 * @param {ClockReading} clock
 */
function anchorOf({ kinds }, picks, clock) {
  for (const kind of kinds) {
    const anchor = kind === "arrest_onset" ? clock.anchor_at : picks.effective(kind)?.earliestPlausible;
    if (anchor !== undefined && anchor !== null) return anchor;
  }
  return null;
}

/**
 * @param {PromptJson} prompt
 * @param {Picks} picks
 * @param {ClockReading} clock
 * @param {number | null} due
 * @param {boolean} raised
 * @param {number} now
 */
function stateOf(prompt, picks, clock, due, raised, now) {
  if (prompt.until.some((kind) => picks.effective(kind) !== null)) return "met";
  if (due === null || isMoot(prompt, picks, clock)) return "lapsed";
  if (raised) return "open";
  return due <= now ? "due" : "coming";
}

/**
 * @param {PromptJson} prompt
 * @param {Picks} picks
 * @param {ClockReading} clock
 */
function isMoot(prompt, picks, clock) {
  const { state } = clock;
  if (state === "closed" || ENDS.some((kind) => picks.candidates(kind, "case").length > 0)) return true;
  const inArrest = (state === "running" || state === "no_onset") && picks.course.episodes.at(-1)?.rosc === null;
  if (prompt.during === "arrest" && !inArrest) return true;
  if (prompt.unless?.some((kind) => picks.effective(kind) !== null)) return true;
  if (prompt.only_when && !says(prompt.only_when, picks)) return true;
  return prompt.not_when !== undefined && says(prompt.not_when, picks);
}

/**
 * @param {ConditionJson} condition
 * @param {Picks} picks
 */
function says({ kind, values }, picks) {
  const value = picks.effective(kind)?.payload.value;
  return typeof value === "string" && values.includes(value);
}
