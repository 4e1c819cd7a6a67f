/**
 * The few sounds of a code: which device makes them, and at which moments. Twin of timeline/core/sounds.py.
 */

import { last } from "./picks.js";
import { timed } from "./standing.js";

/** @import { ClockReading } from "./countdown.js" */
/** @import { PauseReading } from "./pauses.js" */
/** @import { Picks } from "./picks.js" */
/** @import { SoundJson } from "./protocol.js" */
/** @import { By } from "./records.js" */

/**
 * @typedef {{ key: string, label: string, at: number }} Due
 * @typedef {{ device: string | null, by: By | null, since: number | null, due: Due[] }} SoundReading
 */

const TAKEN = "sound_taken";
const RELEASED = "sound_released";

/**
 * Whose sound it is, and what sounds when (UTC ms): moments of the present state, past or to come.
 * @param {Picks} picks
 * @param {ClockReading} clock
 * @param {PauseReading[]} pauses
 * @returns {SoundReading}
 */
export function soundOf(picks, clock, pauses) {
  const said = last([TAKEN, RELEASED].flatMap((kind) => timed(picks.standing, kind)));
  return {
    device: said?.kind === TAKEN ? said.entry.by.device : null,
    by: said?.entry.by ?? null,
    since: said?.at ?? null,
    due: (picks.protocol.raw.sounds ?? []).flatMap((sound) => {
      const begun = begunOf(sound, picks, clock, pauses);
      return begun === null ? [] : [{ key: sound.key, label: sound.label, at: begun + sound.seconds * 1000 }];
    }),
  };
}

/**
 * From when a sound counts; null while there is nothing that it would tell of.
 * @param {SoundJson} sound
 * @param {Picks} picks
 * @param {ClockReading} clock
 * @param {PauseReading[]} pauses
 * @returns {number | null}
 */
function begunOf(sound, picks, clock, pauses) {
  if (sound.begins === "deadline") return clock.stopped_at === null ? clock.deadline : null;
  if (sound.begins === "pause") return pauses.find((pause) => pause.state === "running")?.at ?? null;
  const turned = last([sound.begins, ...(sound.until ?? [])].flatMap((kind) => picks.candidates(kind, "all")));
  return turned?.kind === sound.begins ? turned.at : null;
}
