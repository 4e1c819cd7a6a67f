// make simulate: many runs, on as many cores as there are, with one line of progress and one of result.
//
//   node tests/js/simulate/main.js --runs 500 [--from 1] [--workers 2] [--root FOLDER] [--presses N] [--seconds 150] [--until-fault]
//
// Exit status 1 when a run lost, doubled or diverged; its seed is printed and runs alone with `--runs 1 --from SEED`.

import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { productOf } from "./product.js";
import { run } from "./run.js";
import { Processes } from "./servers.js";

/** @import { Report } from "./run.js" */

/** @param {string} line */
const say = (line) => void process.stdout.write(`${line}\n`);
const HERE = fileURLToPath(import.meta.url);
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    workers: { type: "string", default: String(Math.min(2, availableParallelism())) },
    root: { type: "string", default: fileURLToPath(new URL("../../..", import.meta.url)) },
    presses: { type: "string", default: "" },
    seconds: { type: "string", default: "150" },
    "until-fault": { type: "boolean", default: false },
    worker: { type: "string", default: "" },
  },
});
const runs = Number(values.runs);
const from = Number(values.from);
const most = values.presses === "" ? Number.POSITIVE_INFINITY : Number(values.presses);
const workers = Math.min(Number(values.workers), runs);

if (values.worker === "") await lead();
else await work(Number(values.worker));

/** @param {number} which takes every so many'th seed */
async function work(which) {
  const product = await productOf(/** @type {string} */ (values.root));
  const processes = new Processes(/** @type {string} */ (values.root));
  let stopping = false;
  process.on("message", () => {
    stopping = true;
  });
  for (let seed = from + which; seed < from + runs && !stopping; seed += workers) {
    const report = await run(seed, product, processes, Number(values.seconds));
    await new Promise((resolve) => process.send?.(report, resolve));
  }
  processes.end();
  process.disconnect();
}

async function lead() {
  const total = { runs: 0, presses: 0, acked: 0, recovered: 0, kills: 0, events: 0, hours: 0, lost: 0, duplicated: 0 };
  let diverged = 0;
  let bad = 0;
  /** @type {Record<string, number>} */
  const faults = {};
  /** @type {number[]} */
  const converged = [];
  const began = Date.now();
  const shows = process.stderr.isTTY;
  const children = Array.from({ length: workers }, (_, which) =>
    fork(HERE, [...process.argv.slice(2), "--worker", String(which)], { serialization: "json" }),
  );
  const stop = () => {
    for (const child of children) if (child.connected) child.send("stop");
  };
  process.on("SIGINT", stop);
  let failed = 0;
  await Promise.all(
    children.map(
      (child) =>
        new Promise((resolve) => {
          child.on("message", (message) => {
            const report = /** @type {Report} */ (message);
            total.runs += 1;
            total.presses += report.presses;
            total.acked += report.acked;
            total.recovered += report.recovered;
            total.kills += report.kills;
            total.events += report.events;
            total.hours += report.seconds / 3600;
            total.lost += report.lost;
            total.duplicated += report.duplicated;
            diverged += report.diverged;
            converged.push(report.converged);
            for (const [kind, count] of Object.entries(report.faults)) faults[kind] = (faults[kind] ?? 0) + count;
            if (report.why.length > 0) {
              bad += 1;
              say(`seed ${report.seed}: ${[...new Set(report.why)].slice(0, 5).join("; ")}`);
              if (values["until-fault"]) stop();
            }
            if (total.presses >= most) stop();
            if (shows) {
              const rate = Math.round(total.presses / ((Date.now() - began) / 1000));
              process.stderr.write(`\r${total.runs}/${runs} runs, ${total.presses} presses, ${rate}/s, ${bad} bad `);
            }
          });
          child.on("exit", (code) => {
            failed += code === 0 ? 0 : 1;
            resolve(null);
          });
        }),
    ),
  );
  if (shows) process.stderr.write("\n");
  converged.sort((a, b) => a - b);
  const share = (/** @type {number} */ part) =>
    ((converged[Math.min(converged.length - 1, Math.floor(converged.length * part))] ?? 0) / 1000).toFixed(1);
  const survived = Object.values(faults).reduce((sum, count) => sum + count, 0);
  say(
    `sim: seeds ${from}-${from + runs - 1}, ${total.runs} runs · ${total.hours.toFixed(1)} simulated hours · ` +
      `${total.presses} presses · ${survived} faults, ${total.kills} server deaths · acked ${total.acked} · ` +
      `recovered ${total.recovered} · lost ${total.lost} · duplicated ${total.duplicated} · diverged ${diverged} · ` +
      `equal after p50 ${share(0.5)} s, p99 ${share(0.99)} s, max ${share(1)} s · ${total.events} events`,
  );
  say(
    `     ${Object.entries(faults)
      .sort()
      .map(([kind, count]) => `${kind} ${count}`)
      .join(", ")}`,
  );
  // Without a kill that hits the moment between COMMIT and answer nothing was tested there.
  if (failed > 0) say(`${failed} of ${workers} workers ended with an error.`);
  process.exitCode = bad > 0 || failed > 0 || total.runs === 0 ? 1 : 0;
}
