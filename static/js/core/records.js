/**
 * What a device writes (a record) and its place in the log (an entry): the same JSON as on the wire.
 * Twin of timeline/core/records.py; the server judges records, this file only shapes and compares them.
 */

/**
 * @typedef {null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }} JsonValue
 * @typedef {{ [key: string]: JsonValue }} Payload
 *
 * @typedef {object} When  The evidence for a record's time, in milliseconds.
 * @property {number} wall
 * @property {number} mono
 * @property {string} boot
 * @property {number | null} offset
 * @property {number | null} uncertainty
 * @property {number | null} offset_age
 * @property {number} tz
 *
 * @typedef {object} RecordJson  One fact as a device wrote it; times are integer UTC milliseconds.
 * @property {number} v
 * @property {string} id
 * @property {string} code
 * @property {string} kind
 * @property {number | null} at
 * @property {string} precision
 * @property {string} certainty
 * @property {number | null} earliest
 * @property {number | null} latest
 * @property {string} source
 * @property {string | null} null_reason
 * @property {Payload} payload
 * @property {string | null} target
 * @property {string} device
 * @property {number} n
 * @property {string | null} role
 * @property {number} seen
 * @property {When | null} when
 *
 * @typedef {object} By  Who wrote an entry.
 * @property {string} device
 * @property {string} label
 * @property {string | null} person
 *
 * @typedef {object} EntryJson  A record's place in the log; `seq` and `received` are null while it waits on its device.
 * @property {number | null} seq
 * @property {number | null} received
 * @property {By} by
 * @property {string[]} flags
 * @property {string} prev
 * @property {string} hash
 * @property {string} [epoch]
 * @property {string} [mac]
 * @property {RecordJson} record
 */

export const VERSION = 1;
export const MAX_BATCH = 50;
export const MAX_BYTES = 64 * 1024;
/** Kinds that speak of another record, which they name in `target`. */
export const TARGETING = Object.freeze(["correction", "void", "adjudication"]);

/**
 * A whole record from what is known of it; everything else is empty. `at` null needs a `null_reason`.
 * @param {Partial<RecordJson> & { id: string, code: string, kind: string, device: string, n: number }} known
 * @returns {RecordJson}
 */
export function recordOf(known) {
  return {
    v: VERSION,
    at: null,
    precision: "second",
    certainty: "observed",
    earliest: null,
    latest: null,
    source: "tap",
    null_reason: null,
    payload: {},
    target: null,
    role: null,
    seen: 0,
    when: null,
    ...known,
  };
}

/**
 * A record that still waits on this device, as the entry that the reading takes.
 * @param {RecordJson} record
 * @param {By} by
 * @returns {EntryJson}
 */
export function waitingEntry(record, by) {
  return { seq: null, received: null, by, flags: [], prev: "", hash: "", record };
}

/**
 * The one text form of a JSON value: keys sorted by code point, no spaces. Throws on NaN and infinities.
 * @param {unknown} value
 * @returns {string}
 */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const pairs = Object.entries(value).sort(([one], [other]) => byCodePoint(one, other));
    return `{${pairs.map(([key, held]) => `${JSON.stringify(key)}:${canonical(held)}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("a number has to be finite");
  return JSON.stringify(value);
}

/**
 * JavaScript compares UTF-16 units, Python code points: they differ beyond the basic plane.
 * @param {string} one
 * @param {string} other
 */
function byCodePoint(one, other) {
  const a = Array.from(one, (letter) => letter.codePointAt(0) ?? 0);
  const b = Array.from(other, (letter) => letter.codePointAt(0) ?? 0);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const gap = (a[i] ?? 0) - (b[i] ?? 0);
    if (gap !== 0) return gap;
  }
  return a.length - b.length;
}
