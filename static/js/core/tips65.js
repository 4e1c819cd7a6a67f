/**
 * TiPS65, the one score that is computed: for the debrief and for information, it decides nothing.
 * Twin of timeline/core/tips65.py, which names the source.
 */

/** @import { IntervalReading } from "./intervals.js" */
/** @import { OutcomeReading } from "./outcomes.js" */
/** @import { Picks } from "./picks.js" */
/** @import { Fact } from "./standing.js" */

/**
 * @typedef {{ points: number | null, favourable_percent: number | null,
 *   inputs: { key: string, label: string, value: boolean | null }[] }} Tips65Reading
 */

const FAVOURABLE_PERCENT = [1.6, 4.5, 12, 26.2, 48.8];
const MOST_MINUTES = 25;
const LEAST_PH = 7;
const LABELS = {
  age_under_65: "Age under 65",
  call_to_hospital: "Call to hospital within 25 min",
  shockable_on_arrival: "Shockable rhythm on hospital arrival",
  first_ph: "First pH 7.0 or more",
};

/**
 * The score; points only when all four inputs are known.
 * @param {Picks} picks
 * @param {IntervalReading | undefined} interval call to door
 * @param {OutcomeReading[]} outcomes
 * @returns {Tips65Reading}
 */
export function tips65(picks, interval, outcomes) {
  /** @param {string} key */
  const said = (key) => outcomes.find((each) => each.key === key)?.answer;
  const found = {
    age_under_65: answer(said("age_under_65")),
    call_to_hospital: inTime(interval),
    shockable_on_arrival: shockable(picks),
    first_ph: ph(picks, said("first_ph_7")),
  };
  const values = Object.values(found);
  const points = values.includes(null) ? null : values.filter(Boolean).length;
  return {
    points,
    favourable_percent: points === null ? null : (FAVOURABLE_PERCENT[points] ?? null),
    inputs: Object.entries(LABELS).map(([key, label]) => ({
      key,
      label,
      value: found[/** @type {keyof typeof found} */ (key)],
    })),
  };
}

/** @param {string | undefined} said */
function answer(said) {
  return said === "yes" ? true : said === "no" ? false : null;
}

/** @param {IntervalReading | undefined} interval */
function inTime(interval) {
  if (interval === undefined || interval.status !== "known" || interval.minutes === null) return null;
  const { minutes, low, high } = interval;
  const open = low !== null && high !== null && low <= MOST_MINUTES && high > MOST_MINUTES;
  return interval.flags.includes("estimated") && open ? null : minutes <= MOST_MINUTES;
}

/**
 * Of the first rhythm that was named from the door on.
 * @param {Picks} picks
 */
function shockable(picks) {
  const door = picks.effective("door");
  if (!door) return null;
  for (const fact of inOrder(picks.candidates("rhythm_check", "case"))) {
    const known = picks.protocol.raw.rhythms.find((each) => each.value === fact.value)?.shockable ?? null;
    if (fact.time >= door.time && known !== null) return known;
  }
  return null;
}

/**
 * Of the first gas whose pH is on record, else as somebody answered.
 * @param {Picks} picks
 * @param {string | undefined} said
 */
function ph(picks, said) {
  for (const fact of inOrder(picks.candidates("gas", "case"))) {
    const value = fact.payload.pH;
    if (typeof value === "number") return value >= LEAST_PH;
  }
  return answer(said);
}

/** @param {Fact[]} facts */
function inOrder(facts) {
  return [...facts].sort((one, other) => one.time - other.time || one.place - other.place);
}
