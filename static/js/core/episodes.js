/**
 * Arrest episodes: ROSC closes one, re-arrest opens the next, and only a sustained ROSC ends the ECPR case.
 * Twin of timeline/core/episodes.py.
 */

import { timed } from "./standing.js";

/** @import { Protocol } from "./protocol.js" */
/** @import { Fact, Standing } from "./standing.js" */

/**
 * @typedef {{ n: number, opener: Fact | null, rosc: Fact | null, sustained: boolean }} Episode
 * @typedef {object} Course  The episodes, and the number of the first one of the present case.
 * @property {Episode[]} episodes
 * @property {number} number
 * @property {Episode} last
 */

const TURNS = ["arrest_onset", "rosc", "rearrest"];
const FLOW = ["flow_on", "flow_established"];

/**
 * The episodes up to `end` (now, or the closing of the code), with every fact's episode number set.
 * @param {Standing} standing
 * @param {Protocol} protocol
 * @param {number} end
 * @returns {Course}
 */
export function runOfEpisodes(standing, protocol, end) {
  const turns = TURNS.flatMap((kind) => timed(standing, kind));
  turns.sort((one, other) => one.time - other.time || one.place - other.place);
  /** @type {Episode} */
  let present = { n: 1, opener: null, rosc: null, sustained: false };
  const episodes = [present];
  for (const fact of turns) {
    if (fact.kind === "rosc") {
      present.rosc ??= fact;
    } else if (present.rosc !== null) {
      // An arrest after a ROSC is a new one, whichever of the two buttons was pressed.
      present = { n: episodes.length + 1, opener: fact, rosc: null, sustained: false };
      episodes.push(present);
    }
  }
  numberFacts(standing, episodes);
  sustain(standing, episodes, end, protocol.raw.sustained_rosc_minutes * 60_000);
  let number = 1;
  for (const episode of episodes.slice(0, -1)) if (episode.sustained) number = episode.n + 1;
  return { episodes, number, last: present };
}

/**
 * The ROSC that ended the present case, if it lasted.
 * @param {Course} course
 * @returns {Fact | null}
 */
export function sustainedRosc(course) {
  return course.last.sustained ? course.last.rosc : null;
}

/**
 * Times with circulation, from ROSC to re-arrest or `end` (UTC ms).
 * @param {Course} course
 * @param {number} end
 * @returns {[number, number][]}
 */
export function spells(course, end) {
  /** @type {[number, number][]} */
  const found = [];
  course.episodes.forEach((episode, i) => {
    if (episode.rosc === null) return;
    found.push([episode.rosc.time, course.episodes[i + 1]?.opener?.time ?? end]);
  });
  return found;
}

/**
 * @param {Standing} standing
 * @param {Episode[]} episodes
 */
function numberFacts(standing, episodes) {
  const starts = episodes.slice(1).map((episode) => episode.opener?.time ?? 0);
  if (starts.length === 0) return;
  for (const fact of standing.facts) {
    if (fact.at === null) continue;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (fact.at < (starts[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    fact.episode = 1 + low;
  }
}

/**
 * @param {Standing} standing
 * @param {Episode[]} episodes
 * @param {number} end
 * @param {number} lasting
 */
function sustain(standing, episodes, end, lasting) {
  const flows = FLOW.flatMap((kind) => timed(standing, kind)).map((fact) => fact.time);
  episodes.forEach((episode, i) => {
    if (episode.rosc === null) return;
    const since = episode.rosc.time;
    const needed = since + lasting;
    const following = episodes[i + 1]?.opener ?? null;
    const rearrested = following !== null && following.time < needed;
    // Flow inside those minutes makes it a transient ROSC of an ECPR run.
    const flowed = flows.some((at) => since <= at && at < needed);
    episode.sustained = end >= needed && !rearrested && !flowed;
  });
}
