// The outbox: a record is on this device's disk before anything else, is sent in batches, and leaves only when the
// server has said that it holds it and, where this device follows the code, the log on this disk holds it too. It never leaves because of age, number, errors, sign-out or a new version.

import { pauseAfter, realTimers } from "./timers.js";

/** @typedef {import("./wire.js").WireRecord} WireRecord */
/** @typedef {import("./wire.js").Answer} Answer */
/** @typedef {import("./timers.js").Timers} Timers */
/** @typedef {import("./store.js").Kept} Kept */

/**
 * - saving: the disk has not answered yet
 * - kept: on this device's disk, not yet on the server
 * - memory: the disk failed; it lives only in this page until the server has it
 * - recorded: the server has it; it stays in the list until the feed shows it
 * - refused: the server will not take it as it is; kept and shown
 * @typedef {"saving" | "kept" | "memory" | "recorded" | "refused"} State
 */

/** @typedef {{record: WireRecord, state: State, reason: string | null, detail: string | null}} Item */

/**
 * The part of the disk that the outbox uses.
 * @typedef {object} Disk
 * @property {(draft: WireRecord) => Promise<WireRecord>} add
 * @property {(records: WireRecord[]) => Promise<void>} addAgain
 * @property {() => Promise<Kept[]>} outbox
 * @property {(ids: string[]) => Promise<void>} settle
 * @property {(record: WireRecord, reason: string, detail: string) => Promise<void>} refuse
 */

/** A batch that the server did not take at all. `status` 0 means that it was not reached. */
export class NotTaken extends Error {
  /**
   * @param {number} status
   * @param {string} [detail]
   */
  constructor(status, detail = "") {
    super(detail || `HTTP ${status}`);
    this.status = status;
    this.detail = detail;
  }
}

export const BATCH = 50;
// Answers that speak of the records themselves, not of who asks or of the road.
const OF_THE_RECORDS = new Set([400, 413, 415, 422]);

export class Outbox {
  /** @type {Map<string, Item>} */
  #items = new Map();
  #disk;
  #post;
  #changed;
  #notSaved;
  #alone;
  #follows;
  #timers;
  #random;
  /** @type {Set<string>} */
  #doubted = new Set();
  #failures = 0;
  #size = BATCH;
  /** @type {Promise<void> | null} */
  #flushing = null;
  #again = false;
  /** @type {any} */
  #retry = null;
  /** The last answer that stopped everything: 0 unreachable, 401 or 404 not standing on the code. Null when well. */
  /** @type {number | null} */
  trouble = null;

  /**
   * @param {object} parts
   * @param {Disk} parts.disk
   * @param {(code: string, records: WireRecord[]) => Promise<Answer>} parts.post throws NotTaken
   * @param {() => void} [parts.changed] told after every change of an item
   * @param {(record: WireRecord) => void} [parts.notSaved] neither the disk nor the server took it
   * @param {(work: () => Promise<void>) => Promise<void>} [parts.alone] runs work while no other tab flushes
   * @param {(code: string) => boolean} [parts.follows] whether a feed here keeps this code's log: it says when a record
   *   may leave the disk
   * @param {Timers} [parts.timers]
   * @param {() => number} [parts.random]
   */
  constructor({ disk, post, changed, notSaved, alone, follows, timers, random }) {
    this.#disk = disk;
    this.#post = post;
    this.#changed = changed ?? (() => {});
    this.#notSaved = notSaved ?? (() => {});
    this.#alone = alone ?? ((work) => work());
    this.#follows = follows ?? (() => false);
    this.#timers = timers ?? realTimers;
    this.#random = random ?? Math.random;
  }

  /** Every item, oldest first. */
  get items() {
    return [...this.#items.values()];
  }

  /** How many records the server does not have yet. */
  get pending() {
    return this.items.filter((item) => item.state !== "recorded").length;
  }

  /** Read what an earlier page, or another tab, left on disk. */
  async load() {
    // Only what was on disk before the look can be missed by it: a record kept meanwhile is not in the answer either.
    const before = this.items.filter((item) => item.state === "kept").map((item) => item.record.id);
    const found = await this.#disk.outbox();
    const onDisk = new Set(found.map((item) => item.id));
    for (const id of before) {
      const item = this.#items.get(id);
      // Another tab has sent it and taken it out.
      if (item?.state === "kept" && !onDisk.has(id)) this.#items.set(id, { ...item, state: "recorded" });
    }
    for (const { id, record, state, reason, detail } of found) {
      const known = this.#items.get(id);
      if (known && known.state !== "saving") continue;
      this.#items.set(id, { record, state: state === "refused" ? "refused" : "kept", reason, detail });
    }
    this.#changed();
  }

  /**
   * Keep a record and send it. The promise is kept once it is safe somewhere: on the disk, or on the server.
   * @param {WireRecord} draft
   * @returns {Promise<boolean>} false when neither took it; it is then shown, and both are tried again with every flush
   */
  async add(draft) {
    this.#set(draft, "saving");
    try {
      const record = await this.#disk.add(draft);
      // A flush may have sent it meanwhile from another tab's view of the disk: never step back.
      if (this.#items.get(draft.id)?.state === "saving") this.#set(record, "kept");
    } catch {
      this.#set(draft, "memory");
      await this.flush();
      if (this.#items.get(draft.id)?.state === "memory") {
        this.#notSaved(draft);
        return false;
      }
      return true;
    }
    void this.flush();
    return true;
  }

  /**
   * The feed has seen these in the log: whatever became of the acknowledgement, the server holds them.
   * @param {string[]} ids
   */
  async confirm(ids) {
    const mine = ids.filter((id) => this.#items.has(id));
    if (mine.length === 0) return;
    for (const id of mine) this.#items.delete(id);
    this.#changed();
    await this.#forget(mine);
  }

  /**
   * Offer records again that the server no longer has, and whatever it said it had that no log here has shown. Kept when
   * they are on the disk; it fails, though they are sent all the same, when the disk does not take them.
   * @param {WireRecord[]} records
   * @returns {Promise<void>}
   */
  async offerAgain(records) {
    const own = this.items.filter((item) => item.state === "recorded").map((item) => item.record);
    const all = [...new Map([...records, ...own].map((record) => [record.id, record])).values()];
    if (all.length === 0) return;
    // Not "kept" before the disk has them: a look at the disk meanwhile would not find them, and take them for sent.
    for (const record of all) this.#set(record, "saving");
    try {
      await this.#disk.addAgain(all);
      for (const { id } of all) {
        const item = this.#items.get(id);
        if (item?.state === "saving") this.#set(item.record, "kept");
      }
    } catch (error) {
      for (const record of all) if (this.#items.get(record.id)?.state === "saving") this.#set(record, "memory");
      throw error;
    } finally {
      void this.flush();
    }
  }

  /**
   * Called with every beat while the log here is read to its head. What the server called recorded and the log has not
   * shown for a whole beat may have been forgotten by a restore that nobody was told of: it is offered again. Where it was
   * not forgotten, the server gives its first answer once more.
   * @param {(id: string) => boolean} shown whether the log here holds a record
   * @returns {Promise<void>}
   */
  async doubt(shown) {
    const missed = this.items.filter(
      ({ record, state }) => state === "recorded" && this.#follows(record.code) && !shown(record.id),
    );
    const doubted = missed.filter(({ record }) => this.#doubted.has(record.id));
    this.#doubted = new Set(missed.map(({ record }) => record.id));
    if (doubted.length > 0) await this.offerAgain([]);
  }

  /**
   * Try refused records once more: a person has seen to the cause.
   * @returns {Promise<void>}
   */
  async retryRefused() {
    for (const item of this.items) if (item.state === "refused") this.#set(item.record, "kept");
    await this.flush();
  }

  /**
   * Send what waits, here or on the disk: an earlier page, or a tab that was closed, may have left something there. Calls
   * while a flush runs are folded into one more round.
   * @returns {Promise<void>}
   */
  flush() {
    if (this.#flushing) {
      this.#again = true;
      return this.#flushing;
    }
    this.#timers.clear(this.#retry);
    this.#flushing = this.#rounds().finally(() => {
      this.#flushing = null;
      // Asked for in the moment between the last look and this one.
      if (this.#again) void this.flush();
    });
    return this.#flushing;
  }

  async #rounds() {
    do {
      this.#again = false;
      await this.#alone(() => this.#drain());
    } while (this.#again);
  }

  async #drain() {
    try {
      await this.load();
      await this.#rescue();
    } catch {
      // The disk is away; what is in memory can still be sent.
    }
    for (let batch = this.#next(); batch.length > 0; batch = this.#next()) {
      try {
        const answer = await this.#post(/** @type {WireRecord} */ (batch[0]).code, batch);
        await this.#heed(batch, answer);
        this.#failures = 0;
        this.#size = BATCH;
        this.#stand(null);
      } catch (error) {
        if (!(await this.#bear(batch, error))) return;
      }
    }
  }

  /**
   * Bring to the disk what it refused before: without this a record lived in the page alone until the server had it, and
   * died with the page, though the disk had long been well again. The bytes stay as they may have been sent already.
   */
  async #rescue() {
    const stranded = this.items.filter((item) => item.state === "memory").map((item) => item.record);
    if (stranded.length === 0) return;
    await this.#disk.addAgain(stranded);
    for (const record of stranded) if (this.#items.get(record.id)?.state === "memory") this.#set(record, "kept");
    // The feed has shown them while the disk wrote.
    await this.#forget(stranded.map(({ id }) => id).filter((id) => !this.#items.has(id)));
  }

  /** @returns {WireRecord[]} the next records to send: all of one code */
  #next() {
    const ready = this.items.filter((item) => item.state === "kept" || item.state === "memory");
    const code = ready[0]?.record.code;
    return ready
      .map((item) => item.record)
      .filter((record) => record.code === code)
      .slice(0, this.#size);
  }

  /**
   * @param {WireRecord[]} batch
   * @param {Answer} answer
   */
  async #heed(batch, answer) {
    const byId = new Map(batch.map((record) => [record.id, record]));
    /** @type {string[]} */
    const held = [];
    let heeded = 0;
    for (const result of answer.results) {
      const record = byId.get(result.id);
      if (!record) continue;
      heeded += 1;
      if (result.status === "recorded") {
        if (!this.#follows(record.code)) held.push(record.id);
        // Gone already when the feed was faster than the answer.
        if (this.#items.has(record.id)) this.#set(record, "recorded");
      } else {
        await this.#refuse(record, result.reason ?? result.status, result.detail ?? "");
      }
    }
    await this.#forget(held);
    // An answer that names none of them would be asked for ever, at full speed.
    if (heeded === 0) throw new NotTaken(502, "The answer speaks of none of the records.");
  }

  /**
   * @param {WireRecord[]} batch
   * @param {unknown} error
   * @returns {Promise<boolean>} whether to go on at once
   */
  async #bear(batch, error) {
    const status = error instanceof NotTaken ? error.status : 0;
    if (OF_THE_RECORDS.has(status)) {
      // One bad record must not hold up the others: halve until it stands alone, then set it aside.
      if (batch.length > 1) {
        this.#size = Math.ceil(batch.length / 2);
      } else {
        const detail = error instanceof Error ? error.message : "";
        await this.#refuse(/** @type {WireRecord} */ (batch[0]), status === 413 ? "too_large" : "malformed", detail);
        this.#size = BATCH;
      }
      return true;
    }
    this.#failures += 1;
    this.#stand(status);
    this.#timers.clear(this.#retry);
    this.#retry = this.#timers.set(() => void this.flush(), pauseAfter(this.#failures, this.#random));
    return false;
  }

  /**
   * @param {WireRecord} record
   * @param {string} reason
   * @param {string} detail
   */
  async #refuse(record, reason, detail) {
    this.#items.set(record.id, { record, state: "refused", reason, detail });
    this.#changed();
    try {
      await this.#disk.refuse(record, reason, detail);
    } catch {
      // It stays in memory as refused, and on disk as waiting: after a reload it is simply tried again.
    }
  }

  /** @param {string[]} ids */
  async #forget(ids) {
    if (ids.length === 0) return;
    try {
      await this.#disk.settle(ids);
    } catch {
      // Still on disk: it is sent again after a reload, and the server answers as before.
    }
  }

  /** @param {number | null} status */
  #stand(status) {
    if (this.trouble === status) return;
    this.trouble = status;
    this.#changed();
  }

  /**
   * @param {WireRecord} record
   * @param {State} state
   */
  #set(record, state) {
    this.#items.set(record.id, { record, state, reason: null, detail: null });
    this.#changed();
  }
}
