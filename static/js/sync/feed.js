// The feed: one code's log on this device. Entries are applied strictly by their number, each linked to the one before
// it; a gap is filled by asking, another log (a restored server) is read from its start, and what that log forgot of
// this device's own records is offered again.

/** @typedef {import("./wire.js").WireEntry} WireEntry */
/** @typedef {import("./wire.js").WireRecord} WireRecord */
/** @typedef {import("./wire.js").Batch} Batch */
/** @typedef {import("./wire.js").Reset} Reset */
/** @typedef {import("./wire.js").Head} Head */
/** @typedef {import("./wire.js").Cursor} Cursor */

/**
 * @typedef {object} LogDisk
 * @property {(code: string) => Promise<{entries: WireEntry[], cursor: Cursor | null}>} log
 * @property {(code: string, cursor: Cursor, entries: WireEntry[]) => Promise<void>} saveLog
 * @property {(code: string) => Promise<void>} forgetLog
 */

/** @type {Cursor} */
const START = { epoch: "", seq: 0, hash: "" };

export class Feed {
  #code;
  #device;
  #disk;
  #pull;
  #changed;
  #confirmed;
  #forgotten;
  /** @type {WireEntry[]} */
  #entries = [];
  /** @type {Set<string>} */
  #ids = new Set();
  /** @type {Cursor} */
  #cursor = START;
  /** @type {WireEntry[]} entries of the log before a reset, until the new one is read to its head */
  #before = [];
  /** @type {Promise<boolean> | null} */
  #catching = null;
  #again = false;
  #writing = Promise.resolve();

  /**
   * @param {object} parts
   * @param {string} parts.code
   * @param {string} parts.device this device: its own records are offered again after a reset
   * @param {LogDisk} parts.disk
   * @param {(cursor: Cursor, wait: number) => Promise<Batch | Reset>} parts.pull
   * @param {() => void} [parts.changed]
   * @param {(ids: string[]) => void} [parts.confirmed]
   * @param {(records: WireRecord[]) => void} [parts.forgotten]
   */
  constructor({ code, device, disk, pull, changed, confirmed, forgotten }) {
    this.#code = code;
    this.#device = device;
    this.#disk = disk;
    this.#pull = pull;
    this.#changed = changed ?? (() => {});
    this.#confirmed = confirmed ?? (() => {});
    this.#forgotten = forgotten ?? (() => {});
  }

  /** Confirmed entries, in order. */
  get entries() {
    return this.#entries;
  }

  get cursor() {
    return this.#cursor;
  }

  /**
   * @param {string} id
   * @returns {boolean}
   */
  has(id) {
    return this.#ids.has(id);
  }

  /** Take the log that this device kept, so that a reload without network shows the last known state. */
  async load() {
    const { entries, cursor } = await this.#disk.log(this.#code);
    // The page brought the log as it was when it was made; a page from the shell is older than the disk. After a
    // restore the two are different logs, and the network says which one stands.
    if (cursor !== null && this.#cursor.epoch !== "" && this.#cursor.epoch !== cursor.epoch) {
      this.#before = entries;
      this.#writing = this.#writing.then(() => this.#disk.forgetLog(this.#code)).catch(() => {});
      this.#save(this.#entries);
      return;
    }
    // The disk's word is checked like anyone's: only what links to what is here counts.
    for (const entry of entries) {
      if (entry.seq !== null && entry.seq <= this.#cursor.seq) continue;
      if (cursor === null || !this.#follows(entry)) break;
      this.#append(entry, cursor.epoch);
    }
    this.#save(this.#entries);
    this.#confirmed([...this.#ids]);
    this.#changed();
  }

  /**
   * Take the log that the page brought with it. Nothing is asked for yet: the disk may know more.
   * @param {Batch} frame
   */
  begin(frame) {
    for (const entry of frame.entries) if (this.#follows(entry)) this.#append(entry, frame.epoch);
    if (this.#cursor.seq === 0) this.#cursor = { ...START, epoch: frame.epoch };
    this.#confirmed([...this.#ids]);
  }

  /**
   * Take a message from either road.
   * @param {Batch | Reset | Head | {t: string}} message
   */
  take(message) {
    if (message.t === "batch") this.#takeBatch(/** @type {Batch} */ (message));
    else if (message.t === "reset") this.#restart(/** @type {Reset} */ (message).epoch);
    else if (message.t === "head" || message.t === "welcome") this.#takeHead(/** @type {Head} */ (message));
  }

  /**
   * Read everything after the cursor. Calls while one runs are folded into one more round.
   * @param {number} [wait] seconds that the server may hold the answer
   * @returns {Promise<boolean>} whether the server answered
   */
  catchUp(wait = 0) {
    if (this.#catching) {
      this.#again = true;
      return this.#catching;
    }
    this.#catching = this.#rounds(wait).finally(() => {
      this.#catching = null;
      // Asked for in the moment between the last look and this one.
      if (this.#again) void this.catchUp();
    });
    return this.#catching;
  }

  /**
   * @param {number} wait
   * @returns {Promise<boolean>}
   */
  async #rounds(wait) {
    try {
      for (let held = wait; ; held = 0) {
        this.#again = false;
        const before = this.#cursor;
        const answer = await this.#pull(before, held);
        this.take(answer);
        const behind = answer.t === "batch" && this.#cursor.seq < answer.head;
        const moved = this.#cursor.seq !== before.seq || this.#cursor.epoch !== before.epoch;
        // A server that says "more" and gives nothing must not be asked at full speed.
        if (!this.#again && !(behind && moved) && answer.t !== "reset") return true;
        if (!moved && behind) return true;
      }
    } catch {
      return false;
    }
  }

  /** @param {Batch} batch */
  #takeBatch(batch) {
    if (batch.code !== this.#code) return;
    if (this.#cursor.seq > 0 && batch.epoch !== this.#cursor.epoch) {
      this.#restart(batch.epoch);
      return;
    }
    /** @type {WireEntry[]} */
    const fresh = [];
    let gap = false;
    for (const entry of batch.entries) {
      if (entry.seq === null || entry.seq <= this.#cursor.seq) continue;
      if (entry.seq > this.#cursor.seq + 1) {
        gap = true;
        break;
      }
      if (!this.#follows(entry)) {
        this.#restart(batch.epoch);
        return;
      }
      this.#append(entry, batch.epoch);
      fresh.push(entry);
    }
    if (this.#cursor.seq === 0) this.#cursor = { ...START, epoch: batch.epoch };
    if (fresh.length > 0) {
      this.#save(fresh);
      this.#confirmed(fresh.map((entry) => entry.record.id));
      this.#changed();
    }
    if (this.#cursor.seq >= batch.head) this.#reckon();
    if (gap || this.#cursor.seq < batch.head) void this.catchUp();
  }

  /** @param {Head} head */
  #takeHead(head) {
    const { epoch, seq, hash } = this.#cursor;
    const other = seq > 0 && head.epoch !== epoch;
    const forked = head.head === seq && seq > 0 && head.hash !== undefined && head.hash !== hash;
    // Behind, ahead or elsewhere: the door answers each with what is right, after looking at the cursor.
    if (other || forked || head.head !== seq) void this.catchUp();
  }

  /**
   * The log is another one now: read it from its start.
   * @param {string} epoch
   */
  #restart(epoch) {
    this.#before = [...this.#before, ...this.#entries];
    this.#entries = [];
    this.#ids = new Set();
    this.#cursor = { ...START, epoch };
    const code = this.#code;
    this.#writing = this.#writing.then(() => this.#disk.forgetLog(code)).catch(() => {});
    this.#changed();
    void this.catchUp();
  }

  /** The new log is read to its head: what of ours is not in it was forgotten. */
  #reckon() {
    if (this.#before.length === 0) return;
    const lost = this.#before
      .map((entry) => entry.record)
      .filter((record) => record.device === this.#device && !this.#ids.has(record.id));
    this.#before = [];
    if (lost.length > 0) this.#forgotten(lost);
  }

  /**
   * @param {WireEntry} entry
   * @returns {boolean}
   */
  #follows(entry) {
    return entry.seq === this.#cursor.seq + 1 && (entry.prev ?? "") === this.#cursor.hash;
  }

  /**
   * @param {WireEntry} entry
   * @param {string} epoch
   */
  #append(entry, epoch) {
    this.#entries.push(entry);
    this.#ids.add(entry.record.id);
    this.#cursor = { epoch, seq: /** @type {number} */ (entry.seq), hash: entry.hash };
  }

  /** @param {WireEntry[]} entries */
  #save(entries) {
    const cursor = this.#cursor;
    if (cursor.epoch === "") return;
    const kept = [...entries];
    // A failed write harms nothing but the next offline reload: the log is on the server.
    this.#writing = this.#writing.then(() => this.#disk.saveLog(this.#code, cursor, kept)).catch(() => {});
  }
}
