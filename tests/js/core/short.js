// The short forms of tests/cases/*.json; tests/core/short.py is its twin.
//
// An entry is [kind, time, extras]. A time is "m:ss" after 2026-01-05T10:00Z, or null. Words name records, devices and
// codes; "#word" anywhere else is that word's UUID and "@m:ss" that moment.
import { readFileSync } from "node:fs";
import { recordOf } from "../../../static/js/core/records.js";

/** @import { EntryJson } from "../../../static/js/core/records.js" */
/** @typedef {[string, string | null, { [key: string]: any }?]} ShortEntry */

const ZERO = Date.UTC(2026, 0, 5, 10);
const OF_RECORD = ["precision", "certainty", "source", "null_reason", "role", "seen", "n"];

/** @param {string} word */
export function uuid(word) {
  const hex = Buffer.from(word, "utf8").toString("hex").padEnd(32, "0");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** @param {string} text */
export function moment(text) {
  const sign = text.startsWith("-") ? -1 : 1;
  const [minutes, seconds] = text.replace("-", "").split(":").map(Number);
  return ZERO + sign * ((minutes ?? 0) * 60_000 + (seconds ?? 0) * 1000);
}

/**
 * @param {any} value
 * @returns {any}
 */
export function expand(value) {
  if (typeof value === "string" && value.startsWith("@")) return moment(value.slice(1));
  if (typeof value === "string" && value.startsWith("#")) return uuid(value.slice(1));
  if (Array.isArray(value)) return value.map(expand);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, expand(held)]));
  }
  return value;
}

/**
 * @param {ShortEntry[]} shorts
 * @returns {EntryJson[]}
 */
export function entriesOf(shorts) {
  let seq = 0;
  return shorts.map(([kind, time, extras = {}], i) => {
    const device = extras.device ?? "tablet";
    const at = time === null ? null : moment(time);
    const payload = expand(extras.payload ?? {});
    for (const key of ["value", "changes", "reason"]) if (key in extras) payload[key] = expand(extras[key]);
    const record = recordOf({
      id: uuid(extras.id ?? `r${i}`),
      code: uuid("code"),
      kind,
      at,
      payload,
      device: uuid(device),
      n: i,
      earliest: extras.earliest ? moment(extras.earliest) : null,
      latest: extras.latest ? moment(extras.latest) : null,
      target: extras.target ? uuid(extras.target) : null,
      ...Object.fromEntries(Object.entries(extras).filter(([key]) => OF_RECORD.includes(key))),
    });
    if ("uncertainty" in extras) {
      record.when = { wall: 0, mono: 0, boot: "", offset: 0, uncertainty: extras.uncertainty, offset_age: 0, tz: 0 };
    }
    const by = { device: uuid(device), label: device, person: null };
    if (extras.waiting) return { seq: null, received: null, by, flags: [], prev: "", hash: "", record };
    seq += 1;
    const received = extras.received ? moment(extras.received) : (at ?? ZERO);
    return { seq, received, by, flags: extras.flags ?? [], prev: "", hash: "", record };
  });
}

/**
 * What stands at a dotted path. In lists a part is an index, "length", or the key, kind, flag or id of an element.
 * @param {any} value
 * @param {string} path
 */
export function at(value, path) {
  let here = value;
  for (const part of path.split(".")) {
    if (Array.isArray(here) && part !== "length" && !/^\d+$/.test(part)) {
      const name = expand(part);
      here = here.find((each) => [each.key, each.kind, each.flag, each.id].includes(name));
    } else here = here?.[part];
  }
  return here;
}

/**
 * A shipped protocol; one that extends another holds only what differs, lists whole (timeline/protocols).
 * @param {string} key
 * @returns {any}
 */
export function shipped(key) {
  const file = new URL(`../../../timeline/protocols/${key}.json`, import.meta.url);
  const { extends: base, ...raw } = JSON.parse(readFileSync(file, "utf8"));
  return base === undefined ? raw : over(shipped(base), raw);
}

/**
 * @param {any} base
 * @param {any} change
 * @returns {any}
 */
function over(base, change) {
  if (![base, change].every((each) => each !== null && typeof each === "object" && !Array.isArray(each))) return change;
  const changed = Object.entries(change).map(([key, part]) => [key, over(base[key], part)]);
  return { ...base, ...Object.fromEntries(changed) };
}
