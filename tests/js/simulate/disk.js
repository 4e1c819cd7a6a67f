// A device's disk in a simulation: it takes its time, may refuse, and outlives the page that wrote to it. What the product
// keeps in IndexedDB (static/js/sync/store.js, which has tests of its own) is kept in maps here, one whole act at a time,
// as a transaction is.

/** @import { World } from "./world.js" */
/** @import { WireEntry, WireRecord, Cursor } from "../../../static/js/sync/wire.js" */
/** @import { Kept } from "../../../static/js/sync/store.js" */

export class Platter {
  /** @type {Map<string, Kept>} */
  outbox = new Map();
  /** @type {Map<number, WireEntry>} */
  log = new Map();
  /** @type {Map<string, WireEntry>} */
  aside = new Map();
  /** @type {Cursor | null} */
  cursor = null;
  n = 0;
  /** How often an act is refused, of one. */
  faulty = 0;

  /** Everything is gone: the storage was cleared. */
  wipe() {
    this.outbox.clear();
    this.log.clear();
    this.aside.clear();
    this.cursor = null;
    this.n = 0;
  }
}

/** One page's way to the platter. When the page dies, what was asked may still be done, and nobody hears of it. */
export class SimulatedDisk {
  #world;
  #platter;
  #alive;

  /**
   * @param {World} world
   * @param {Platter} platter
   * @param {() => boolean} alive
   */
  constructor(world, platter, alive) {
    this.#world = world;
    this.#platter = platter;
    this.#alive = alive;
  }

  /**
   * @template T
   * @param {(platter: Platter) => T} act
   * @returns {Promise<T>}
   */
  #do(act) {
    const world = this.#world;
    const platter = this.#platter;
    return new Promise((resolve, reject) => {
      world.after(world.between(1, 25), () => {
        const alive = this.#alive();
        // A page that dies takes half of what it had asked for with it.
        if (!alive && world.chance(0.5)) return;
        if (world.chance(platter.faulty)) {
          if (alive) reject(new Error("The disk refused."));
          return;
        }
        const result = act(platter);
        if (alive) resolve(result);
      });
    });
  }

  /** @param {WireRecord} draft */
  add(draft) {
    return this.#do((platter) => {
      platter.n += 1;
      const record = { ...draft, n: platter.n };
      platter.outbox.set(record.id, kept(record));
      return record;
    });
  }

  /** @param {WireRecord[]} records */
  addAgain(records) {
    return this.#do((platter) => {
      for (const record of records) platter.outbox.set(record.id, kept(record));
    });
  }

  outbox() {
    return this.#do((platter) => [...platter.outbox.values()].sort((a, b) => a.record.n - b.record.n));
  }

  /** @param {string[]} ids */
  settle(ids) {
    return this.#do((platter) => {
      for (const id of ids) platter.outbox.delete(id);
    });
  }

  /**
   * @param {WireRecord} record
   * @param {string} reason
   * @param {string} detail
   */
  refuse(record, reason, detail) {
    return this.#do((platter) => {
      platter.outbox.set(record.id, { ...kept(record), state: "refused", reason, detail });
    });
  }

  log() {
    return this.#do((platter) => ({
      entries: [...platter.log.values()].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0)),
      cursor: platter.cursor,
    }));
  }

  /**
   * @param {string} _code
   * @param {Cursor} cursor
   * @param {WireEntry[]} entries
   */
  saveLog(_code, cursor, entries) {
    return this.#do((platter) => {
      const moved = [];
      for (const entry of entries) {
        const old = platter.log.get(entry.seq ?? 0);
        if (old !== undefined && old.record.id !== entry.record.id) {
          moved.push(old);
          platter.aside.set(old.record.id, old);
        }
        platter.log.set(entry.seq ?? 0, entry);
      }
      platter.cursor = cursor;
      return moved;
    });
  }

  setAside() {
    return this.#do((platter) => {
      for (const entry of platter.log.values()) platter.aside.set(entry.record.id, entry);
      platter.log.clear();
      platter.cursor = null;
    });
  }

  aside() {
    return this.#do((platter) => [...platter.aside.values()]);
  }

  /** @param {string[]} ids */
  dropAside(ids) {
    return this.#do((platter) => {
      for (const id of ids) platter.aside.delete(id);
    });
  }
}

/**
 * @param {WireRecord} record
 * @returns {Kept}
 */
function kept(record) {
  return { id: record.id, code: record.code, record, state: "waiting", reason: null, detail: null };
}
