// What the views share: the present reading and the acts a finger can do. No view writes a record by itself.

/** @import { ProtocolJson } from "../core/protocol.js" */
/** @import { Reading, RecordReading } from "../core/reading.js" */
/** @import { Details } from "../sync/details.js" */
/** @import { Said } from "../sync/pen.js" */
/** @import { WireRecord } from "../sync/wire.js" */
/** @import { Item } from "../sync/outbox.js" */

import { say } from "./words.js";

/**
 * What the server tells the page when it is loaded.
 * @typedef {object} Setting
 * @property {string} code
 * @property {string} name
 * @property {string} colour
 * @property {string} mode
 * @property {string} place
 * @property {{id: string, label: string}} device
 * @property {string | null} person
 * @property {string | null} role
 * @property {string} zone
 * @property {ProtocolJson} protocol
 * @property {{invite: string, debrief: string, home: string, wall: string}} urls
 */

/** @typedef {{id: string, words: string, until: number, undone: boolean}} LastAct */

/**
 * @typedef {object} Standing how the device stands to the others
 * @property {"connecting" | "live" | "polling" | "lost"} mode
 * @property {number} devices how many devices are on the code, this one among them
 * @property {number | null} heardAt when the server was last heard, server time
 * @property {number | null} uncertainty of this device's clock, ms
 * @property {number} serverMoved by how many ms the server's system clock was set; 0 when it was not
 * @property {{label: string, seconds: number}[]} clocksOff the devices whose clock the server found off
 * @property {{times: number, by: number}} stepped how often the shown time jumped, and by how many ms at last
 * @property {boolean} awake whether the screen is kept awake
 * @property {Item[]} items of the outbox
 * @property {number | null} trouble the status that stopped the outbox
 */

export const UNDO_MS = 15_000;

export class Desk {
  /** @type {Reading} */
  reading;
  /** @type {Standing} */
  standing;
  /** @type {LastAct | null} */
  lastAct = null;
  /** @type {(() => Promise<Record<string, Details>>) | null} the fields of each kind; the preview of a draft has none */
  details = null;
  #write;
  #add;
  #changed;

  /**
   * @param {object} parts
   * @param {Setting} parts.setting
   * @param {() => number} parts.now server time, UTC ms
   * @param {(said: Said) => WireRecord} parts.write
   * @param {(record: WireRecord) => void} parts.add keeps and sends it
   * @param {() => void} parts.changed repaints
   * @param {Reading} parts.reading
   * @param {Standing} parts.standing
   * @param {(id: string) => number | null} [parts.doubt] how far the clock behind a record may have been off, ms
   */
  constructor({ setting, now, write, add, changed, reading, standing, doubt }) {
    this.setting = setting;
    this.protocol = setting.protocol;
    this.zone = setting.zone;
    this.now = now;
    this.reading = reading;
    this.standing = standing;
    this.doubt = doubt ?? (() => null);
    this.#write = write;
    this.#add = add;
    this.#changed = changed;
  }

  /** The role this device holds; as long as nobody took one here, the one the page was opened with. */
  get role() {
    const mine = this.reading.roles.find((role) =>
      role.holders.some((holder) => holder.device === this.setting.device.id),
    );
    if (mine) return mine.key;
    const asked = this.reading.roles.find((role) => role.key === this.setting.role);
    return asked && asked.holders.length === 0 ? asked.key : null;
  }

  /**
   * Record that something happened, and offer to undo it.
   * @param {Said} said
   * @param {string} [words] for the undo strip; from the record when left out
   * @returns {string} the record's id
   */
  record(said, words) {
    const record = this.#write(said);
    const label = this.protocol.kinds[record.kind]?.label ?? record.kind;
    const payload = /** @type {RecordReading["payload"]} */ (record.payload);
    this.lastAct = {
      id: record.id,
      words: words ?? say({ kind: record.kind, label, payload }, this.protocol),
      until: this.now() + UNDO_MS,
      undone: false,
    };
    this.#add(record);
    return record.id;
  }

  /**
   * Correct a record: the old value stays readable in its history.
   * @param {RecordReading} record
   * @param {Record<string, any>} changes
   * @param {string} reason
   */
  correct(record, changes, reason) {
    this.record(
      { kind: "correction", target: record.id, payload: { changes, reason }, source: "manual" },
      `change of ${say(record, this.protocol)}`,
    );
  }

  /**
   * Say that a record does not count.
   * @param {string} id
   * @param {string} reason
   * @param {string} words
   */
  strike(id, reason, words) {
    this.record({ kind: "void", target: id, payload: { reason }, source: "manual" }, `undo of ${words}`);
  }

  /**
   * Say which of several entries counts, or that an entry stands beside another; the others stay readable.
   * @param {string} id
   * @param {string} words for the undo strip
   */
  settle(id, words) {
    this.record(
      { kind: "adjudication", target: id, payload: { reason: "settled on the board" }, source: "manual" },
      words,
    );
  }

  /** Undo the last act of this device. */
  undo() {
    const act = this.lastAct;
    if (act === null || act.undone) return;
    this.#add(this.#write({ kind: "void", target: act.id, payload: { reason: "undo" } }));
    this.lastAct = { ...act, undone: true, until: this.now() + UNDO_MS };
    this.#changed();
  }

  /**
   * Take a role on this device, leaving the one it had.
   * @param {string} key
   * @param {"take" | "join"} mode
   */
  takeRole(key, mode) {
    const had = this.role;
    if (had !== null && had !== key) this.#add(this.#write({ kind: "role_released", payload: { value: had } }));
    this.record({ kind: "role_taken", payload: { value: key, mode, label: this.setting.device.label } });
  }

  /**
   * Say that somebody without a device holds a role: sterile hands cannot tap.
   * @param {string} key
   */
  fillRole(key) {
    this.record({ kind: "role_taken", payload: { value: key, mode: "take", proxy: true } });
  }

  /**
   * @param {string} id
   * @returns {RecordReading | undefined}
   */
  find(id) {
    return this.reading.records.find((record) => record.id === id);
  }
}
