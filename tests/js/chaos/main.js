// make chaos: real server processes, the product's own sync code on real sockets and a real (if in-memory) IndexedDB, and a
// proxy for each device, while things are killed, halted, locked, filled and cut. At the end everything is mended, and
// every device's log is compared with the server's. Everything stays on loopback and ends after the minutes given.
//
//   node --experimental-websocket tests/js/chaos/main.js --minutes 2 [--devices 8]
//
// With DATABASE_URL and REDIS_URL set (tests/servers.py does it) two processes serve, else one over SQLite.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { IDBFactory } from "fake-indexeddb";
import { canonical } from "../../../static/js/core/records.js";
import { Pen } from "../../../static/js/sync/pen.js";
import { Session } from "../../../static/js/sync/session.js";
import { Store } from "../../../static/js/sync/store.js";
import { Way } from "./way.js";

/** @import { ChildProcess } from "node:child_process" */

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const { values } = parseArgs({
  options: { minutes: { type: "string", default: "2" }, devices: { type: "string", default: "8" } },
});
const WIDE = Boolean(process.env.DATABASE_URL);
const data = mkdtempSync(join(tmpdir(), "ecpr-chaos-"));
const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const between = (/** @type {number} */ low, /** @type {number} */ high) => low + Math.random() * (high - low);
const pick = (/** @type {any[]} */ among) => among[Math.floor(Math.random() * among.length)];
const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

const first = await freePort();
const environment = { ...process.env, DATA_DIR: data, ECPR_DEMO: "0", HOST: "127.0.0.1", PORT: String(first) };

/** One serving process, which is started again when it was killed. */
class Served {
  deaths = 0;
  /** @type {ChildProcess | null} */
  #child = null;

  /** @param {number} port */
  constructor(port) {
    this.port = port;
  }

  async start() {
    this.#child = spawn("python", ["manage.py", "serve"], {
      cwd: ROOT,
      env: { ...environment, PORT: String(this.port) },
      stdio: "ignore",
    });
    for (;;) {
      const up = await fetch(`http://127.0.0.1:${this.port}/up`, { signal: AbortSignal.timeout(1000) }).catch(
        () => null,
      );
      if (up?.ok) return;
      await sleep(50);
    }
  }

  async kill() {
    this.deaths += 1;
    const child = this.#child;
    const gone = new Promise((resolve) => child?.once("exit", resolve));
    child?.kill("SIGKILL");
    await gone;
  }

  get pid() {
    return this.#child?.pid ?? 0;
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.#child?.kill(signal);
  }
}

const prepared = execFileSync("python", ["tests/js/chaos/prepare.py", values.devices], { cwd: ROOT, env: environment });
const { code, devices: people } = JSON.parse(prepared.toString());
const servers = [new Served(first), ...(WIDE ? [new Served(await freePort())] : [])];
for (const server of servers) await server.start();

/** @type {Map<string, {record: any, kept: boolean | null, at: number}>} */
const presses = new Map();
/** @type {Set<string>} */
const called = new Set();

/** A device: a disk that stays, a page that comes and goes. */
class Device {
  #disk = new IDBFactory();
  /** @type {Session | null} */
  session = null;
  /** @type {Pen | null} */
  #pen = null;

  /**
   * @param {{id: string, label: string, token: string}} who
   * @param {Way} proxy
   * @param {number} port of the server behind it
   */
  constructor(who, proxy, port) {
    this.who = who;
    this.proxy = proxy;
    this.port = port;
  }

  load() {
    const { who, proxy, port } = this;
    const session = new Session({
      code,
      device: { id: who.id, label: who.label },
      store: new Store(this.#disk),
      fetch: (path, how) =>
        fetch(`http://127.0.0.1:${proxy.port}${path}`, {
          ...how,
          headers: { ...how?.headers, authorization: `Bearer ${who.token}` },
        }),
      open: () => {
        const headers = { authorization: `Bearer ${who.token}`, origin: `http://localhost:${port}` };
        const how = /** @type {any} */ ({ headers });
        return /** @type {any} */ (new WebSocket(`ws://127.0.0.1:${proxy.port}/ws/codes/${code}/`, how));
      },
      mono: () => performance.now(),
      wall: () => Date.now(),
      wallOffset: 0,
      changed: () => {
        for (const item of session.outbox?.items ?? []) if (item.state === "recorded") called.add(item.record.id);
      },
    });
    this.#pen = new Pen({
      code,
      device: who.id,
      now: () => session.clock.now(),
      evidence: () => session.clock.evidence(),
      role: () => null,
      seen: () => session.feed.cursor.seq,
    });
    this.session = session;
    void session.start({ t: "batch", code, epoch: "", from: 1, to: 0, head: 0, now: Date.now(), entries: [] });
  }

  /** The page dies; what it had asked of its disk may or may not have been done. */
  die() {
    this.session?.stop();
    this.session = null;
  }

  press() {
    const { session } = this;
    if (session === null || this.#pen === null) return;
    const record = this.#pen.write({ kind: pick(["shock", "rhythm_check", "rosc", "cannulation_start", "note"]) });
    /** @type {{record: any, kept: boolean | null, at: number}} */
    const press = { record, kept: null, at: performance.now() };
    presses.set(record.id, press);
    void session.outbox.add(record).then((safe) => {
      press.kept = safe;
    });
  }
}

/** @type {Device[]} */
const devices = [];
for (const [number, who] of people.entries()) {
  const { port } = /** @type {Served} */ (servers[number % servers.length]);
  const proxy = new Way(port);
  await proxy.listen();
  const device = new Device(who, proxy, port);
  device.load();
  devices.push(device);
}

/** @type {Record<string, number>} */
const happened = {};
/** @type {Record<string, () => Promise<void>>} */
const FAULTS = {
  "kill -9": async () => {
    const server = pick(servers);
    await server.kill();
    await sleep(between(100, 2000));
    await server.start();
  },
  "server halted": async () => {
    const server = pick(servers);
    server.signal("SIGSTOP");
    await sleep(between(1000, 6000));
    server.signal("SIGCONT");
  },
  ...(WIDE
    ? {}
    : {
        "database locked for 5 s": async () => {
          const script =
            "import sqlite3,sys,time\nc=sqlite3.connect(sys.argv[1],isolation_level=None)\nc.execute('BEGIN IMMEDIATE')\ntime.sleep(5)\nc.execute('ROLLBACK')";
          const lock = spawn("python", ["-c", script, join(data, "ecpr.sqlite3")], { stdio: "ignore" });
          await new Promise((resolve) => lock.once("exit", resolve));
        },
        "disk full": async () => {
          const pid = String(pick(servers).pid);
          execFileSync("prlimit", ["--pid", pid, "--fsize=4096:"]);
          await sleep(between(1000, 4000));
          execFileSync("prlimit", ["--pid", pid, "--fsize=unlimited:"]);
        },
      }),
  "30 % of packets lost": async () => {
    const { proxy } = pick(devices);
    proxy.loss = 0.3;
    await sleep(between(2000, 15_000));
    proxy.loss = 0;
  },
  "sockets blocked": async () => {
    const { proxy } = pick(devices);
    proxy.socketsBlocked = true;
    proxy.cut();
    await sleep(between(2000, 12_000));
    proxy.socketsBlocked = false;
  },
  "link dead, nobody told": async () => {
    const { proxy } = pick(devices);
    proxy.swallowing = true;
    await sleep(between(2000, 15_000));
    proxy.swallowing = false;
    proxy.cut();
  },
  "no network": async () => {
    const { proxy } = pick(devices);
    proxy.refusing = true;
    proxy.cut();
    await sleep(between(1000, 10_000));
    proxy.refusing = false;
  },
  "page dies": async () => {
    const device = pick(devices);
    device.die();
    await sleep(between(100, 3000));
    device.load();
  },
};

const end = performance.now() + Number(values.minutes) * 60_000;
const going = () => performance.now() < end;
const pressing = devices.map(async (device) => {
  while (going()) {
    await sleep(between(50, 800));
    device.press();
  }
});
const failing = [0, 1, 2].map(async () => {
  const kinds = Object.keys(FAULTS);
  while (going()) {
    await sleep(between(300, 3000));
    const kind = pick(kinds);
    // One thing at a time happens to the servers: two that start one at once would be a fault of this program.
    if (busy.has(kind) || (SERVERS.has(kind) && [...busy].some((other) => SERVERS.has(other)))) continue;
    busy.add(kind);
    happened[kind] = (happened[kind] ?? 0) + 1;
    await FAULTS[kind]?.();
    busy.delete(kind);
  }
});
/** @type {Set<string>} */
const busy = new Set();
const SERVERS = new Set(["kill -9", "server halted", "disk full", "database locked for 5 s"]);
const shows = setInterval(() => {
  if (process.stderr.isTTY)
    process.stderr.write(`\r${presses.size} presses, ${Object.values(happened).reduce((a, b) => a + b, 0)} faults `);
}, 500);
await Promise.all([...pressing, ...failing]);
clearInterval(shows);

// Everything is mended.
for (const device of devices) if (device.session === null) device.load();
const mended = performance.now();
const equal = () =>
  devices.every(({ session }) => {
    const there = devices[0]?.session?.feed.cursor;
    return (
      session?.outbox.pending === 0 && session.feed.cursor.seq === there?.seq && session.feed.cursor.hash === there.hash
    );
  });
let calm = 0;
while (performance.now() - mended < 60_000 && (calm === 0 || performance.now() - calm < 6000)) {
  if (!equal()) calm = 0;
  else if (calm === 0) calm = performance.now();
  await sleep(100);
}
const converged = ((calm || performance.now()) - mended) / 1000;

/** @type {any[]} */
const log = [];
for (let more = true; more; ) {
  const path = `/api/codes/${code}/records?after=${log.length}`;
  const answer = await fetch(`http://127.0.0.1:${first}${path}`, {
    headers: { authorization: `Bearer ${people[0].token}` },
  });
  const batch = await answer.json();
  log.push(...batch.entries);
  more = log.length < batch.head;
}
const why = [];
/** @type {Map<string, any>} */
const stored = new Map();
let duplicated = 0;
for (const entry of log) {
  if (stored.has(entry.record.id)) duplicated += 1;
  stored.set(entry.record.id, entry.record);
}
let lost = 0;
let acked = 0;
let recovered = 0;
for (const [id, { record, kept }] of presses) {
  if (called.has(id)) acked += 1;
  const there = stored.get(id);
  if (there === undefined) {
    if (kept === true || called.has(id)) lost += 1;
    continue;
  }
  if (!called.has(id)) recovered += 1;
  if (canonical({ ...there, n: 0 }) !== canonical({ ...record, n: 0 })) why.push(`altered: ${id}`);
}
for (const id of stored.keys()) {
  const ours = log.slice(0, 2).some((entry) => entry.record.id === id) || stored.get(id).kind === "target_passed";
  if (!presses.has(id) && !ours && stored.get(id).source === "tap") why.push(`nobody pressed ${id}`);
}
const whole = JSON.stringify(log);
const diverged = devices.filter(({ session }) => JSON.stringify(session?.feed.entries) !== whole).length;
for (const device of devices) {
  device.die();
  device.proxy.close();
}
try {
  execFileSync("python", ["manage.py", "verify"], { cwd: ROOT, env: environment });
} catch (fault) {
  why.push(`verify: ${/** @type {any} */ (fault).stderr}`);
}
const deaths = servers.reduce((sum, server) => sum + server.deaths, 0);
for (const server of servers) await server.kill();
rmSync(data, { recursive: true, force: true });
const faults = Object.entries(happened).sort();
say(
  `chaos: ${values.minutes} min, ${servers.length} server processes${WIDE ? " over PostgreSQL and Valkey" : ""}, ` +
    `${devices.length} devices · ${presses.size} presses · ${faults.reduce((sum, [, count]) => sum + count, 0)} faults, ` +
    `${deaths} kills · acked ${acked} · recovered ${recovered} · lost ${lost} · duplicated ${duplicated} · ` +
    `diverged ${diverged} · equal after ${converged.toFixed(1)} s`,
);
say(`       ${faults.map(([kind, count]) => `${kind} ${count}`).join(", ")}`);
for (const each of why.slice(0, 10)) say(each);
process.exit(lost + duplicated + diverged + why.length > 0 || stored.size === 0 ? 1 : 0);
