// One device on one code: joins the disk, the door, the socket, the clock and the feed, and wakes them when the
// device wakes. What a browser brings (network, disk, clocks) comes in as arguments.

import { ClockEstimate } from "../core/clock.js";
import { waitingEntry } from "../core/records.js";
import { Door } from "./door.js";
import { Feed } from "./feed.js";
import { NotTaken, Outbox } from "./outbox.js";
import { newId } from "./pen.js";
import { Link } from "./socket.js";
import { Timekeeper } from "./timekeeper.js";
import { realTimers } from "./timers.js";

/** @import { EntryJson } from "../core/records.js" */
/** @import { Store } from "./store.js" */
/** @import { Batch, WireRecord } from "./wire.js" */
/** @import { Wire } from "./socket.js" */
/** @import { Timers } from "./timers.js" */

const PROBE_WITHIN_MS = 2000;
const FLUSH_EVERY_MS = 5000;
const PRESENCE_EVERY_MS = 5000;

export class Session {
  /** Server time at which the server was last heard. */
  /** @type {number | null} */
  heardAt = null;
  /** How many devices are on the code, as the socket last said; 0 when it has not. */
  devices = 0;
  /** @type {{label: string, seconds: number}[]} whose clock the server found off, and by how much */
  clocksOff = [];
  /** By how many ms the system clock of the server was set while it runs on its own; 0 when it was not. */
  serverMoved = 0;
  #link;
  #changed;
  /** @type {Map<number, (answer: {s1: number, s2: number, t3: number}) => void>} */
  #probes = new Map();
  #mono;
  #by;
  #presence;
  #timers;
  #stopped = false;

  /**
   * @param {object} parts
   * @param {string} parts.code
   * @param {{id: string, label: string}} parts.device
   * @param {string | null} [parts.person]
   * @param {Store} parts.store
   * @param {typeof globalThis.fetch} parts.fetch
   * @param {() => Wire} parts.open a new socket to this code
   * @param {() => number} parts.mono
   * @param {() => number} parts.wall
   * @param {number | null} [parts.wallOffset] server minus wall clock, ms, as a first guess
   * @param {(work: () => Promise<void>) => Promise<void>} [parts.alone]
   * @param {() => object} [parts.presence] what to tell the others of this device
   * @param {() => void} parts.changed
   * @param {(record: WireRecord) => void} [parts.notSaved]
   * @param {(wallOffset: number) => void} [parts.learned] what to remember of the clock for the next page
   * @param {Timers} [parts.timers]
   * @param {() => number} [parts.random]
   */
  constructor({
    code,
    device,
    person,
    store,
    fetch,
    open,
    mono,
    wall,
    wallOffset,
    alone,
    presence,
    changed,
    notSaved,
    learned,
    timers = realTimers,
    random = Math.random,
  }) {
    this.#timers = timers;
    this.#mono = mono;
    this.#changed = changed;
    this.#presence = presence ?? (() => ({}));
    this.#by = { device: device.id, label: device.label, person: person ?? null };
    const door = new Door({ fetch, moment: () => ({ mono: mono(), now: this.clock.now() }), timers });
    this.clock = new Timekeeper({
      estimate: () => new ClockEstimate(),
      clocks: { mono, wall },
      ask: (t0) => this.#probe(t0, door),
      boot: newId(),
      wallOffset: wallOffset ?? null,
      timers,
      ...(learned ? { learned } : {}),
    });
    this.outbox = new Outbox({
      disk: store,
      post: async (to, records) => {
        const answer = await door.post(to, records, to === code ? this.feed.cursor.seq : 0);
        this.#heard();
        // An answer of another log than the one followed here: a restore lies between. Sent again, it is true.
        if (to === code && answer.epoch !== "" && this.feed.isElsewhere(answer.epoch)) throw new NotTaken(0);
        return answer;
      },
      changed,
      follows: (of) => of === code,
      timers,
      random,
      ...(notSaved ? { notSaved } : {}),
      ...(alone ? { alone } : {}),
    });
    this.feed = new Feed({
      code,
      device: device.id,
      disk: store,
      pull: async (cursor, wait) => {
        const answer = await door.pull(code, cursor, wait);
        this.#heard();
        if (answer.t === "batch") this.#heed(answer);
        return answer;
      },
      changed,
      confirmed: (ids) => void this.outbox.confirm(ids),
      forgotten: (records) => this.outbox.offerAgain(records),
      giveBack: (entries) => door.repair(code, entries),
    });
    this.#link = new Link({
      open,
      hello: () => ({ epoch: this.feed.cursor.epoch, after: this.feed.cursor.seq, hash: this.feed.cursor.hash }),
      question: () => ({ t: "time", t0: mono() }),
      receive: (message) => this.#receive(message),
      pull: (wait) => this.feed.catchUp(wait),
      changed: (mode) => {
        if (mode === "live") {
          void this.outbox.flush();
          void this.clock.burst();
          this.#tellPresence();
        }
        changed();
      },
      timers,
      random,
    });
    this.code = code;
  }

  /** How news comes down: connecting, live, polling or lost. */
  get mode() {
    return this.#link.mode;
  }

  /**
   * Begin. What the page brought is there at once; what the disk remembers and what the network knows follow.
   * @param {Batch} frame the log as the server put it into the page
   */
  async start(frame) {
    this.feed.begin(frame);
    await this.#load();
    await this.outbox.load().catch(() => {});
    this.#link.start();
    void this.feed.catchUp();
    void this.outbox.flush();
    void this.clock.burst();
    this.#beat(FLUSH_EVERY_MS, () => {
      void this.#load();
      void this.outbox.flush();
      if (this.mode !== "lost") void this.outbox.doubt((id) => this.feed.has(id)).catch(() => {});
      if (this.feed.owed > 0) void this.feed.reckon();
    });
    this.#beat(PRESENCE_EVERY_MS, () => this.#tellPresence());
    this.#beat(1000, () => void (this.clock.checkForSleep() && this.wake()));
  }

  /**
   * Read the disk. Without one the page still works, and each record goes straight to the server; but one that only failed
   * just now may hold records of an earlier page, so the flush reads the outbox, and the beat the log, until it answers.
   */
  async #load() {
    try {
      await this.feed.load();
    } catch {
      // See above.
    }
  }

  /**
   * @param {number} every milliseconds
   * @param {() => void} work
   */
  #beat(every, work) {
    this.#timers.set(() => {
      if (this.#stopped) return;
      work();
      this.#beat(every, work);
    }, every);
  }

  stop() {
    this.#stopped = true;
    this.#link.stop();
    this.clock.stop();
  }

  /** The page is looked at again, or the network is back. */
  wake() {
    this.clock.checkForSleep();
    this.#link.wake();
    void this.outbox.flush();
    void this.feed.catchUp();
  }

  /** The browser says that the network is gone. It may be wrong; the server is asked. */
  doubt() {
    this.#link.doubt();
  }

  /**
   * The whole list: what the log holds, then what still waits on this device.
   * @returns {EntryJson[]}
   */
  entries() {
    const waiting = this.outbox.items
      .filter((item) => item.record.code === this.code && !this.feed.has(item.record.id))
      .map((item) => waitingEntry(item.record, this.#by));
    return [...this.feed.entries, ...waiting];
  }

  /** @param {any} message */
  #receive(message) {
    this.#heard();
    if (message.t === "time") {
      const answer = this.#probes.get(message.t0);
      this.#probes.delete(message.t0);
      answer?.({ s1: message.s1, s2: message.s2, t3: this.#mono() });
    } else if (message.t === "presence") {
      /** @type {{label: string, clock_off?: number}[]} */
      const devices = Array.isArray(message.devices) ? message.devices : [];
      this.devices = devices.length;
      this.clocksOff = devices.flatMap(({ label, clock_off = 0 }) =>
        clock_off === 0 ? [] : [{ label, seconds: clock_off }],
      );
      this.#changed();
    } else {
      if (message.t === "head") this.#heed(message);
      this.feed.take(message);
    }
  }

  /** @param {{moved?: number}} said */
  #heed({ moved = 0 }) {
    if (moved === this.serverMoved) return;
    this.serverMoved = moved;
    this.#changed();
  }

  #heard() {
    this.heardAt = this.clock.now();
  }

  #tellPresence() {
    const now = Math.round(this.clock.now());
    this.#link.say({ t: "presence", ...this.#presence(), now, doubt: this.clock.uncertainty() });
  }

  /**
   * One probe: over the socket when it is live, else through the door.
   * @param {number} t0
   * @param {Door} door
   * @returns {Promise<{s1: number, s2: number, t3: number}>}
   */
  #probe(t0, door) {
    if (!this.#link.say({ t: "time", t0 })) return door.time(t0).then((answer) => ({ ...answer, t3: this.#mono() }));
    return new Promise((resolve, reject) => {
      this.#probes.set(t0, resolve);
      this.#timers.set(() => {
        this.#probes.delete(t0);
        reject(new Error("The probe was lost."));
      }, PROBE_WITHIN_MS);
    });
  }
}
