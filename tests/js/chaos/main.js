// make chaos: real server processes, real sockets, and devices: the product's own sync code over an in-memory IndexedDB, and
// whole browsers. A proxy stands before each device, and things are killed, halted, locked, filled and cut. At the end
// everything is mended, the code is closed, and every device's log is compared with the server's. Everything stays on
// loopback and ends some seconds after the minutes given.
//
//   node --experimental-websocket tests/js/chaos/main.js --minutes 2 [--devices 8] [--browsers 2]
//
// With DATABASE_URL set (tests/servers.py does it) two processes serve over it and a Valkey of our own, and a Celery worker
// runs beside them; else one process serves over SQLite, with Celery inside.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { canonical } from "../../../static/js/core/records.js";
import { BrowserDevice, Hands, History, NodeDevice, until } from "./devices.js";
import { broker, freePort, ROOT, served, sleep, worker } from "./programs.js";
import { Way } from "./way.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    devices: { type: "string", default: "8" },
    browsers: { type: "string", default: "2" },
  },
});
const WIDE = Boolean(process.env.DATABASE_URL);
const EQUAL_WITHIN_MS = 60_000;
// A worker that is killed while it makes a report holds its claim for two minutes.
const REPORT_WITHIN_MS = 180_000;
const data = mkdtempSync(join(tmpdir(), "ecpr-chaos-"));
const between = (/** @type {number} */ low, /** @type {number} */ high) => low + Math.random() * (high - low);
const pick = (/** @type {any[]} */ among) => among[Math.floor(Math.random() * among.length)];
const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);

const first = await freePort();
/** @type {NodeJS.ProcessEnv} */
const environment = { ...process.env, DATA_DIR: data, ECPR_DEMO: "0", HOST: "127.0.0.1", PORT: String(first) };
const ports = WIDE ? [first, await freePort()] : [first];
const brokerPort = await freePort();
if (WIDE) environment.REDIS_URL = `redis://127.0.0.1:${brokerPort}/0`;
const counted = Number(values.devices) + Number(values.browsers);
const prepared = execFileSync("python", ["tests/js/chaos/prepare.py", String(counted)], {
  cwd: ROOT,
  env: environment,
});
/** @type {{code: string, devices: import("./devices.js").Who[]}} */
const { code, devices: people } = JSON.parse(prepared.toString());

const valkey = WIDE ? broker(brokerPort, data) : null;
await valkey?.start();
const servers = ports.map((port) => served(port, environment));
for (const server of servers) await server.start();
const celery = WIDE ? worker(environment) : null;
await celery?.start();

const history = new History();
const hands = new Hands(`http://localhost:${first}`, code);
/** @type {(NodeDevice | BrowserDevice)[]} */
const devices = [];
for (const [number, who] of people.entries()) {
  const isBrowser = number >= Number(values.devices);
  // A browser's origin is the first server's, so that is where its way leads.
  const port = isBrowser ? first : /** @type {number} */ (ports[number % ports.length]);
  const proxy = new Way(port);
  await proxy.listen();
  const device = isBrowser
    ? new BrowserDevice(hands, number, who, proxy, history)
    : new NodeDevice(code, who, proxy, port, history);
  devices.push(device);
}
const browsed = devices.filter((device) => device instanceof BrowserDevice);
await Promise.all(devices.map((device) => device.load()));

/** @param {NodeDevice | BrowserDevice} device */
async function downAndUp(device) {
  await device.die();
  await sleep(between(100, 3000));
  await device.load();
}

/** @type {Record<string, number>} */
const happened = {};
/** @type {Record<string, () => Promise<void>>} */
const FAULTS = {
  ...(valkey === null || celery === null
    ? {}
    : {
        "Valkey killed": async () => {
          await valkey.kill();
          await sleep(between(500, 8000));
          await valkey.start();
        },
        "Valkey halted": async () => {
          valkey.signal("SIGSTOP");
          await sleep(between(500, 5000));
          valkey.signal("SIGCONT");
        },
        "worker killed": async () => {
          await celery.kill();
          await sleep(between(100, 3000));
          await celery.start();
        },
      }),
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
  "page dies": () => downAndUp(pick(devices.filter((device) => device instanceof NodeDevice))),
  "browser killed": () => downAndUp(pick(browsed)),
  "page loaded anew": async () => pick(browsed).load(),
};

const end = performance.now() + Number(values.minutes) * 60_000;
const going = () => performance.now() < end;
const pressing = devices.map(async (device) => {
  while (going()) {
    await sleep(between(50, 800));
    await device.press();
  }
});
const failing = [0, 1, 2].map(async () => {
  const kinds = Object.keys(FAULTS).filter((kind) => browsed.length > 0 || !OF_BROWSERS.has(kind));
  while (going()) {
    await sleep(between(300, 3000));
    const kind = pick(kinds);
    // One thing at a time happens to the servers: two that start one at once would be a fault of this program.
    if (taken(kind)) continue;
    busy.add(kind);
    happened[kind] = (happened[kind] ?? 0) + 1;
    await FAULTS[kind]?.();
    busy.delete(kind);
  }
});
/** @type {Set<string>} */
const busy = new Set();
const SERVERS = new Set(["kill -9", "server halted", "disk full", "database locked for 5 s"]);
const OF_BROWSERS = new Set(["browser killed", "page loaded anew"]);
const BROKERS = new Set(["Valkey killed", "Valkey halted"]);
const taken = (/** @type {string} */ kind) =>
  busy.has(kind) ||
  [SERVERS, BROKERS, OF_BROWSERS].some((some) => some.has(kind) && [...busy].some((other) => some.has(other)));
const shows = setInterval(() => {
  if (process.stderr.isTTY)
    process.stderr.write(
      `\r${history.presses.size} presses, ${Object.values(happened).reduce((a, b) => a + b, 0)} faults `,
    );
}, 500);
await Promise.all([...pressing, ...failing]);
clearInterval(shows);

// Everything is mended, and the code is closed.
const mended = performance.now();
const api = async (/** @type {string} */ path) => {
  const how = { headers: { authorization: `Bearer ${people[0]?.token}` } };
  return (await fetch(`http://127.0.0.1:${first}/api/codes/${code}/${path}`, how)).json();
};
/** @type {string[]} */
let logs = [];
async function equal() {
  const states = await Promise.all(devices.map((device) => device.state()));
  logs = states.map((state) => JSON.stringify(state.log));
  return states.every((state) => state.waiting === 0) && new Set(logs).size === 1;
}
const rested = await until(equal, EQUAL_WITHIN_MS);
const converged = (performance.now() - mended) / 1000;
const [closer] = devices;
if (closer instanceof NodeDevice) await closer.press({ kind: "code_closed", payload: { value: "flow" } });
await until(async () => (await equal()) && (logs[0] ?? "").includes('"code_closed"'), EQUAL_WITHIN_MS);
await celery?.kill();
await celery?.start();

/** @type {any[]} */
const log = [];
for (let more = true; more; ) {
  const batch = await api(`records?after=${log.length}`);
  log.push(...batch.entries);
  more = log.length < batch.head;
}
const why = [...history.faults];
if (!rested) why.push("the devices were not equal in time");
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
for (const [id, { record, kept }] of history.presses) {
  if (history.called.has(id)) acked += 1;
  const there = stored.get(id);
  if (there === undefined) {
    if (kept === true || history.called.has(id)) lost += 1;
    continue;
  }
  if (!history.called.has(id)) recovered += 1;
  if (canonical({ ...there, n: 0 }) !== canonical({ ...record, n: 0 })) why.push(`altered: ${id}`);
}
for (const id of stored.keys()) {
  const ours = log.slice(0, 2).some((entry) => entry.record.id === id) || stored.get(id).kind === "target_passed";
  if (!history.presses.has(id) && !ours && stored.get(id).source === "tap") why.push(`nobody pressed ${id}`);
}
for (const { proxy, who } of devices) if (proxy.carried === 0) why.push(`${who.label} went another way`);
const tapped = [...history.presses.values()].filter(({ record }) =>
  browsed.some(({ who }) => who.id === record.device),
);
const whole = JSON.stringify(log);
const diverged = logs.filter((each) => each !== whole).length;
const asked = `from timeline.models import Debrief as D; print(D.objects.filter(code="${code}", head=${log.length}, state="made").count())`;
const reported = await until(async () => {
  const said = execFileSync("python", ["manage.py", "shell", "--no-imports", "-v", "0", "-c", asked], {
    cwd: ROOT,
    env: environment,
  });
  return said.toString().trim() === "1";
}, REPORT_WITHIN_MS);
if (!reported) why.push("the closed code has no debrief");
await hands.close();
for (const device of devices) {
  if (device instanceof NodeDevice) await device.die();
  device.proxy.close();
}
try {
  execFileSync("python", ["manage.py", "verify"], { cwd: ROOT, env: environment });
} catch (fault) {
  why.push(`verify: ${/** @type {any} */ (fault).stderr}`);
}
const deaths = servers.reduce((sum, server) => sum + server.deaths, 0);
for (const program of [...servers, valkey, celery]) await program?.kill();
rmSync(data, { recursive: true, force: true });
const faults = Object.entries(happened).sort();
say(
  `chaos: ${values.minutes} min, ${servers.length} server processes${WIDE ? " over PostgreSQL and Valkey" : ""}, ` +
    `${devices.length} devices, ${browsed.length} of them browsers · ${history.presses.size} presses, ${tapped.length} of them in browsers · ${faults.reduce((sum, [, count]) => sum + count, 0)} faults, ` +
    `${deaths} server kills · acked ${acked} · recovered ${recovered} · lost ${lost} · duplicated ${duplicated} · ` +
    `diverged ${diverged} · equal after ${converged.toFixed(1)} s`,
);
say(`       ${faults.map(([kind, count]) => `${kind} ${count}`).join(", ")}`);
for (const each of why.slice(0, 10)) say(each);
process.exit(lost + duplicated + diverged + why.length > 0 || stored.size === 0 ? 1 : 0);
