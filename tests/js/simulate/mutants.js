// Every deliberately broken variant of the product (broken.js), in a copy of its folder: the simulation has to find each
// one. A simulation that catches none of these would prove nothing.
//
//   node tests/js/simulate/mutants.js [--runs 60] [--only "name"]

import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FOUND, MUTANTS } from "./broken.js";
import { PLACE } from "./servers.js";

/** @param {string} line */
const say = (line) => void process.stdout.write(`${line}\n`);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const COPIED = ["timeline", "roles", "ecpr_site", "static", "tests/simulate", "CHANGELOG.md", "manage.py"];

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "60" },
    only: { type: "string", default: "" },
    from: { type: "string", default: "1" },
  },
});

/**
 * @param {string} name
 * @returns {Promise<{caught: boolean, said: string}>}
 */
async function tried(name) {
  const folder = mkdtempSync(join(PLACE, "ecpr-mutant-"));
  try {
    for (const each of COPIED) {
      cpSync(join(ROOT, each), join(folder, each), {
        recursive: true,
        filter: (path) => !path.includes("__pycache__"),
      });
    }
    writeFileSync(join(folder, "tests", "__init__.py"), "");
    symlinkSync(join(ROOT, "templates"), join(folder, "templates"));
    for (const { file, from, to } of MUTANTS[name] ?? []) {
      const path = join(folder, file);
      const source = readFileSync(path, "utf8");
      if (source.split(from).length < 2)
        throw new Error(`${file} no longer holds what the mutant "${name}" changes: ${from}`);
      writeFileSync(path, source.replaceAll(from, to));
    }
    const child = spawn(
      process.execPath,
      [
        join(ROOT, "tests/js/simulate/main.js"),
        "--runs",
        values.runs,
        "--from",
        String(FOUND[name] ?? 1),
        "--seconds",
        "75",
        "--workers",
        "1",
        "--root",
        folder,
        "--until-fault",
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let said = "";
    child.stdout.on("data", (text) => {
      said += text;
    });
    const code = await new Promise((resolve) => child.on("exit", resolve));
    const first = said.split("\n").find((line) => line.startsWith("seed ")) ?? "";
    return { caught: code === 1 && first !== "", said: first || said.trim() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const names = Object.keys(MUTANTS).filter((name) => name.includes(values.only));
const waiting = [...names];
let caught = 0;
await Promise.all(
  [0, 1].map(async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const result = await tried(name);
      caught += result.caught ? 1 : 0;
      say(`${result.caught ? "caught" : "MISSED"}: ${name} (${result.said.slice(0, 110)})`);
    }
  }),
);
say(`mutants: ${caught} of ${names.length} caught`);
process.exitCode = caught === names.length ? 0 : 1;
