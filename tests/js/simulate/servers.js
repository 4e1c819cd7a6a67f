// The server side of a simulation: one or two real server processes (tests/simulate/server.py) on one database, asked one
// command at a time, and what lies between them and the devices.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** @import { World } from "./world.js" */

/**
 * @typedef {object} Told
 * @property {any} given
 * @property {[number, string | true | null][]} out what was said to sockets; true: accepted, null: closed
 * @property {[number, number, string][]} answers request, status, body
 * @property {any[]} pokes
 * @property {boolean} died
 * @property {string[]} faults
 */

// Where the databases lie: in memory where that is a folder. Power cuts are not simulated, so flushing would prove nothing.
export const PLACE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** One server process. */
class Process {
  #child;
  /** @type {((line: string) => void)[]} */
  #waiting = [];
  #ended = "";

  /**
   * @param {string} root the product's folder
   * @param {string} data
   */
  constructor(root, data) {
    this.#child = spawn("python", ["-m", "tests.simulate.server"], {
      cwd: root,
      env: { ...process.env, DATA_DIR: data, ECPR_DEMO: "0", DATABASE_URL: "", REDIS_URL: "", PYTHONHASHSEED: "0" },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stderr.on("data", (text) => {
      this.#ended = (this.#ended + text).slice(-4000);
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#waiting.shift()?.(line));
    this.#child.on("exit", () => {
      for (const waiting of this.#waiting.splice(0)) waiting("");
    });
  }

  /**
   * @param {object} command
   * @returns {Promise<Told>}
   */
  async ask(command) {
    const line = await new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    });
    if (line === "") throw new Error(`The server process ended: ${this.#ended}`);
    return JSON.parse(line);
  }

  end() {
    this.#child.stdin.end();
  }
}

/** The processes, kept over many runs: starting one takes longer than a run. */
export class Processes {
  #data = mkdtempSync(join(PLACE, "ecpr-simulate-"));
  #all;

  /** @param {string} root */
  constructor(root) {
    this.#all = [new Process(root, this.#data), new Process(root, this.#data)];
  }

  /**
   * @param {number} which
   * @param {object} command
   * @returns {Promise<Told>}
   */
  ask(which, command) {
    return /** @type {Process} */ (this.#all[which]).ask(command);
  }

  end() {
    for (const each of this.#all) each.end();
    rmSync(this.#data, { recursive: true, force: true });
  }
}

const HEARTBEAT_MS = 5000;

/** What the devices can reach: processes that die and come back, with pokes between them that may be lost. */
export class Cluster {
  /** @type {Map<number, (status: number, body: string) => void>} */
  #requests = new Map();
  /** @type {Map<number, {which: number, heard: (message: string | true | null) => void}>} */
  #sockets = new Map();
  #last = 0;
  #world;
  #processes;
  #many;
  /** @type {number[]} */
  #downUntil = [0, 0];
  /** Valkey is gone: no poke arrives. */
  deaf = false;
  /** How the next request that writes ends: the process dies before or after its COMMIT. */
  crash = "";
  kills = 0;
  faults = /** @type {string[]} */ ([]);

  /**
   * @param {World} world
   * @param {Processes} processes
   * @param {number} many one or two
   */
  constructor(world, processes, many) {
    this.#world = world;
    this.#processes = processes;
    this.#many = many;
  }

  /** @param {number} devices */
  async begin(devices) {
    const { given } = await this.#ask(0, { do: "begin", devices });
    await this.#ask(1, { do: "kill" });
    for (let which = 0; which < this.#many; which += 1) this.#beat(which, this.#world.between(0, HEARTBEAT_MS));
    return given;
  }

  /** @param {string} name @param {object} [more] */
  async given(name, more = {}) {
    return (await this.#ask(0, { do: name, ...more })).given;
  }

  /** A process that stands; undefined when all are down. */
  standing() {
    const all = Array.from({ length: this.#many }, (_, which) => which).filter((which) => this.#stands(which));
    return all.length > 0 ? this.#world.pick(all) : undefined;
  }

  /** @param {number} which */
  #stands(which) {
    return (this.#downUntil[which] ?? 0) <= this.#world.now;
  }

  /**
   * A request arrives. `answered` hears nothing when the process dies over it.
   * @param {{method: string, path: string, body: string, token: string}} request
   * @param {(status: number, body: string) => void} answered
   * @param {() => void} refused nobody listens
   */
  async request(request, answered, refused) {
    const which = this.standing();
    if (which === undefined) {
      refused();
      return;
    }
    this.#last += 1;
    this.#requests.set(this.#last, answered);
    const writes = request.method === "POST" && request.path.includes("/codes/");
    const crash = writes ? this.crash : "";
    if (writes) this.crash = "";
    await this.#ask(which, { do: "http", number: this.#last, ...request, ...(crash ? { crash } : {}) });
  }

  /**
   * A socket is opened; answers with its number, or undefined when nobody listens.
   * @param {{code: string, token: string}} socket
   * @param {(message: string | true | null) => void} heard
   */
  async open(socket, heard) {
    const which = this.standing();
    if (which === undefined) return undefined;
    this.#last += 1;
    const number = this.#last;
    this.#sockets.set(number, { which, heard });
    await this.#ask(which, { do: "open", socket: number, ...socket });
    return number;
  }

  /** @param {number} socket @param {string} text */
  async say(socket, text) {
    const held = this.#sockets.get(socket);
    if (held && this.#stands(held.which)) await this.#ask(held.which, { do: "say", socket, text });
  }

  /** @param {number} socket */
  async shut(socket) {
    const held = this.#sockets.get(socket);
    this.#sockets.delete(socket);
    if (held && this.#stands(held.which)) await this.#ask(held.which, { do: "shut", socket });
  }

  /**
   * A process dies and is back after a while.
   * @param {number} which
   * @param {number} ms
   */
  async kill(which, ms) {
    this.kills += 1;
    await this.#processes.ask(which, { do: "kill", now: this.#world.now });
    this.#gone(which, ms);
  }

  /** @param {number} ms */
  async killAll(ms) {
    for (let which = 0; which < this.#many; which += 1) await this.kill(which, ms);
  }

  get processes() {
    return this.#many;
  }

  /** @param {number} which @param {number} ms */
  #gone(which, ms) {
    this.#downUntil[which] = this.#world.now + ms;
    for (const [number, held] of [...this.#sockets]) {
      if (held.which !== which) continue;
      this.#sockets.delete(number);
      held.heard(null);
    }
  }

  /** @param {number} which @param {number} ms */
  #beat(which, ms) {
    this.#world.after(ms, async () => {
      this.#beat(which, HEARTBEAT_MS);
      if (this.#stands(which)) await this.#ask(which, { do: "tick" });
    });
  }

  /**
   * @param {number} which
   * @param {object} command
   * @returns {Promise<Told>}
   */
  async #ask(which, command) {
    const told = await this.#processes.ask(which, { ...command, now: this.#world.now });
    this.faults.push(...(told.faults ?? []));
    if (told.died) {
      this.kills += 1;
      this.#gone(which, this.#world.between(200, 4000));
      return told;
    }
    for (const [number, status, body] of told.answers) {
      const answered = this.#requests.get(number);
      this.#requests.delete(number);
      answered?.(status, body);
    }
    for (const [number, message] of told.out) {
      const held = this.#sockets.get(number);
      if (message === null) this.#sockets.delete(number);
      held?.heard(message);
    }
    for (const poke of told.pokes) this.#pass(which, poke);
    return told;
  }

  /** @param {number} from @param {any} poke */
  #pass(from, poke) {
    for (let which = 0; which < this.#many; which += 1) {
      if (which === from || this.deaf) continue;
      this.#world.after(this.#world.between(1, 20), async () => {
        if (this.#stands(which)) await this.#ask(which, { do: "poke", poke });
      });
    }
  }
}
