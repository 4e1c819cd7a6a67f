// Writes records: fills every key, so that a view says only what happened.

/** @typedef {import("./wire.js").WireRecord} WireRecord */
/** @typedef {import("./wire.js").When} When */

/**
 * What a view says. Missing keys get the values of a live tap.
 * @typedef {Partial<Pick<WireRecord, "at" | "precision" | "certainty" | "earliest" | "latest" | "source" |
 *   "null_reason" | "payload" | "target">> & {kind: string}} Said
 */

export class Pen {
  #code;
  #device;
  #now;
  #evidence;
  #role;
  #seen;

  /**
   * @param {object} parts
   * @param {string} parts.code
   * @param {string} parts.device
   * @param {() => number} parts.now server time, UTC ms
   * @param {() => When} parts.evidence
   * @param {() => string | null} parts.role the role as which this device writes
   * @param {() => number} parts.seen how far this device has read the log
   */
  constructor({ code, device, now, evidence, role, seen }) {
    this.#code = code;
    this.#device = device;
    this.#now = now;
    this.#evidence = evidence;
    this.#role = role;
    this.#seen = seen;
  }

  /**
   * @param {Said} said
   * @returns {WireRecord}
   */
  write(said) {
    const at = said.at === undefined ? this.#now() : said.at;
    return {
      v: 1,
      id: newId(),
      code: this.#code,
      kind: said.kind,
      at: at === null ? null : Math.round(at),
      precision: said.precision ?? "second",
      certainty: said.certainty ?? "observed",
      earliest: said.earliest === undefined || said.earliest === null ? null : Math.round(said.earliest),
      latest: said.latest === undefined || said.latest === null ? null : Math.round(said.latest),
      source: said.source ?? "tap",
      null_reason: said.null_reason ?? null,
      payload: said.payload ?? {},
      target: said.target ?? null,
      device: this.#device,
      n: 0,
      role: this.#role(),
      seen: this.#seen(),
      when: this.#evidence(),
    };
  }
}

/**
 * A random UUID. `crypto.randomUUID` exists only on secure pages; `getRandomValues` exists everywhere.
 * @returns {string}
 */
export function newId() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = /** @type {number} */ (bytes[6] & 0x0f) | 0x40;
  bytes[8] = /** @type {number} */ (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
