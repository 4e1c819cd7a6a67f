/**
 * What became of the patient: added for months after the code, each answer with who gave it and when.
 * Twin of timeline/core/outcomes.py. The last answer to an item counts; what nobody answered is not there.
 */

/** @import { Protocol } from "./protocol.js" */
/** @import { By } from "./records.js" */
/** @import { Fact, Standing } from "./standing.js" */

/**
 * @typedef {{ key: string, label: string, answer: string, said: string, at: number | null, by: By,
 *   record: string }} OutcomeReading
 */

/**
 * The answered items in the protocol's order; `at` is when the answer was given, in UTC ms.
 * @param {Standing} standing
 * @param {Protocol} protocol
 * @returns {OutcomeReading[]}
 */
export function outcomesOf(standing, protocol) {
  /** @type {Map<string, Fact>} */
  const said = new Map();
  for (const fact of standing.facts) {
    if (fact.kind !== "outcome_recorded" || fact.voidedBy !== null) continue;
    if (typeof fact.value === "string") said.set(fact.value, fact);
  }
  return protocol.raw.outcome_items.flatMap(({ key, label, answers }) => {
    const fact = said.get(key);
    const answer = fact?.payload.answer;
    const known = answers.find((each) => each.value === answer);
    if (fact === undefined || known === undefined) return [];
    return [{ key, label, answer: known.value, said: known.label, at: fact.at, by: fact.entry.by, record: fact.id }];
  });
}
