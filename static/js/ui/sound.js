// The sounds of the one device that makes them. Everything they tell stands on every screen as well.

import { icon, make, required, setAttribute, setText, show } from "../lib/dom.js";

/** @import { Desk } from "./desk.js" */
/** @import { SoundReading } from "../core/sounds.js" */
/** @import { SoundJson } from "../core/protocol.js" */

/** What came later than so long after its moment is not sounded any more: it would tell of something that is past. */
const FRESH_MS = 15_000;
const LOUDNESS = 0.4;
const FADE_S = 0.03;

/**
 * Notes as [hertz, from second, to second]. One or two each: bursts of three and more belong to medical alarms
 * (IEC 60601-1-8), and no note lies where a monitor's beep does.
 * @type {Record<SoundJson["tone"], [number, number, number][]>}
 */
const TONES = {
  rising: [
    [392, 0, 0.18],
    [523, 0.22, 0.5],
  ],
  falling: [
    [523, 0, 0.18],
    [392, 0.22, 0.5],
  ],
  long: [[440, 0, 1.2]],
  low: [[196, 0, 1.2]],
};
/** @type {[number, number, number][]} */
const TICK = [[440, 0, 0.1]];

/**
 * What is to be sounded now: each moment once, and none that was there before or came late.
 * @param {SoundReading["due"]} due
 * @param {Set<string>} known  The moments that have passed; the new ones are added.
 * @param {number} now server time, UTC ms
 * @returns {string[]} keys of sounds
 */
export function soundsAt(due, known, now) {
  return due.flatMap(({ key, at }) => {
    const moment = `${key} ${at}`;
    if (at > now || known.has(moment)) return [];
    known.add(moment);
    return now - at < FRESH_MS ? [key] : [];
  });
}

/**
 * Sounds what the reading says, while this device is the one that makes the sounds. A browser lets a page sound only
 * after a finger was on it; until then `data-sound` of the frame is "locked".
 * @param {Desk} desk
 * @param {HTMLElement} frame
 * @returns {{render: (now: number) => void, tick: () => void}}
 */
export function soundOf(desk, frame) {
  /** @type {AudioContext | null} */
  let audio = null;
  let first = true;
  /** @type {Set<string>} */
  const known = new Set();
  const said = make("span", {});
  const element = make("span", { className: "status-sound", hidden: true }, icon("volume-2"), said);
  required(".status-me", HTMLElement).before(element);
  document.addEventListener("pointerdown", () => void (isHere(desk) && unlock()));
  document.addEventListener("keydown", () => void (isHere(desk) && unlock()));

  function unlock() {
    audio ??= new AudioContext();
    if (audio.state === "suspended") void audio.resume();
  }

  /** @param {[number, number, number][]} notes */
  function play(notes) {
    if (audio === null) return;
    const at = audio.currentTime + 0.02;
    for (const [hertz, from, to] of notes) {
      const loud = audio.createGain();
      loud.gain.setValueAtTime(0, at + from);
      loud.gain.linearRampToValueAtTime(LOUDNESS, at + from + FADE_S);
      loud.gain.setValueAtTime(LOUDNESS, at + to - FADE_S);
      loud.gain.linearRampToValueAtTime(0, at + to);
      const note = audio.createOscillator();
      note.frequency.value = hertz;
      note.connect(loud).connect(audio.destination);
      note.start(at + from);
      note.stop(at + to);
    }
  }

  /** @param {number} now */
  function render(now) {
    const keys = soundsAt(desk.reading.sound.due, known, now);
    const here = isHere(desk);
    const locked = here && audio?.state !== "running";
    setAttribute(frame, "data-sound", here ? (locked ? "locked" : "here") : null);
    const { device, by } = desk.reading.sound;
    show(element, device !== null);
    setText(said, locked ? "Touch for sound" : here ? "Sound" : `Sound: ${by?.label || "elsewhere"}`);
    if (here && !first) {
      for (const key of keys) {
        const sound = desk.protocol.sounds?.find((each) => each.key === key);
        if (sound) play(TONES[sound.tone]);
        setAttribute(frame, "data-sounded", key);
      }
    }
    first = false;
  }

  /** A short note that tells whoever takes the sound that it is heard. */
  function tick() {
    unlock();
    play(TICK);
  }

  return { render, tick };
}

/** @param {Desk} desk */
export function isHere(desk) {
  return desk.reading.sound.device === desk.setting.device.id;
}

/**
 * Whose sound it is, for every device: "Sound: Recorder's tablet", "Sound off since 10:14, Lena".
 * @param {Desk} desk
 * @param {(at: number) => string} time
 * @returns {string}
 */
export function soundWords(desk, time) {
  const { device, by, since } = desk.reading.sound;
  if (isHere(desk)) return "Sound is here: turn it off";
  const who = by?.label || "another device";
  if (device !== null) return `Sound here, not on ${who}`;
  return since === null ? "Sound here" : `Sound here (off since ${time(since)}, ${who})`;
}
