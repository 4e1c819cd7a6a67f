/**
 * Criteria for ECPR and the decisions: what was answered, what stands against it, and every word that was given.
 * Twin of timeline/core/criteria.py. Advisory only: unknown counts neither as yes nor as no, and nothing is decided here.
 */

import { timed } from "./standing.js";

/** @import { CriterionJson, Protocol } from "./protocol.js" */
/** @import { By } from "./records.js" */
/** @import { Fact, Standing } from "./standing.js" */

/**
 * @typedef {object} CriterionReading
 * @property {string} key
 * @property {string} text
 * @property {"hard" | "soft" | "override"} weight
 * @property {string | null} answer
 * @property {"open" | "unknown" | "for" | "against" | "overrides" | "absent"} state
 * @property {string | null} record
 *
 * @typedef {object} CriteriaReading  The lines of the adopted set, and the keys of those for, against and undecided.
 * @property {CriterionReading[]} lines
 * @property {string[]} met
 * @property {string[]} hard
 * @property {string[]} soft
 * @property {string[]} overrides
 * @property {string[]} unknown
 * @property {string[]} open
 *
 * @typedef {{ id: string, at: number | null, value: string | null, reason: string | null, by: By,
 *   role: string | null }} DecisionReading
 */

export const ANSWERS = ["yes", "no", "unknown"];

/**
 * The adopted set with the last answer to each line.
 * @param {Standing} standing
 * @param {Protocol} protocol
 * @returns {CriteriaReading}
 */
export function criteriaOf(standing, protocol) {
  /** @type {Map<string, Fact>} */
  const said = new Map();
  for (const fact of standing.ofKind.get("criterion_answered") ?? []) {
    // People answer again when they know more: the last word counts.
    const answer = /** @type {any} */ (fact.payload.answer);
    if (typeof fact.value === "string" && ANSWERS.includes(answer)) said.set(fact.value, fact);
  }
  const lines = protocol.raw.criteria.lines.map((criterion) => lineOf(criterion, said.get(criterion.key)));
  const keys = (/** @type {(line: CriterionReading) => boolean} */ fits) => lines.filter(fits).map((line) => line.key);
  return {
    lines,
    met: keys(({ state }) => state === "for"),
    hard: keys(({ state, weight }) => state === "against" && weight === "hard"),
    soft: keys(({ state, weight }) => state === "against" && weight === "soft"),
    overrides: keys(({ state }) => state === "overrides"),
    unknown: keys(({ state }) => state === "unknown"),
    open: keys(({ state }) => state === "open"),
  };
}

/**
 * @param {CriterionJson} criterion
 * @param {Fact | undefined} fact
 * @returns {CriterionReading}
 */
function lineOf({ key, text, weight, favours }, fact) {
  const answer = fact === undefined ? null : String(fact.payload.answer);
  /** @type {CriterionReading["state"]} */
  let state = answer === favours ? "for" : "against";
  if (answer === null) state = "open";
  else if (answer === "unknown") state = "unknown";
  else if (weight === "override") state = answer === favours ? "overrides" : "absent";
  return { key, text, weight, answer, state, record: fact?.id ?? null };
}

/**
 * Every decision that stands, in order of time: the last one holds, the earlier ones stay.
 * @param {Standing} standing
 * @returns {DecisionReading[]}
 */
export function decisionsOf(standing) {
  return [...timed(standing, "ecpr_decision")]
    .sort((one, other) => one.time - other.time || one.place - other.place)
    .map((fact) => ({
      id: fact.id,
      at: fact.at,
      value: typeof fact.value === "string" ? fact.value : null,
      reason: typeof fact.payload.reason === "string" && fact.payload.reason !== "" ? fact.payload.reason : null,
      by: fact.entry.by,
      role: fact.entry.record.role,
    }));
}
