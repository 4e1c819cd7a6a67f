// Deliberately broken variants of the product. Each is one small change of its source, in a copy of its folder; the
// simulation has to find every one. A simulation that catches none of these would prove nothing.
//
//   node tests/js/simulate/mutants.js [--runs 60] [--only "name"]

import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PLACE } from "./servers.js";

/** @param {string} line */
const say = (line) => void process.stdout.write(`${line}\n`);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const COPIED = ["timeline", "roles", "ecpr_site", "static", "tests/simulate", "CHANGELOG.md", "manage.py"];

/** @typedef {{file: string, from: string, to: string}} Change */

const OUTBOX = "static/js/sync/outbox.js";
const FEED = "static/js/sync/feed.js";
const APPENDING = "timeline/appending.py";
const WRITER = "timeline/writer.py";
const HUB = "timeline/hub.py";

/** @type {Record<string, Change[]>} */
export const MUTANTS = {
  "the outbox lets go when it sends": [
    {
      file: OUTBOX,
      from: "const answer = await this.#post(/** @type {WireRecord} */ (batch[0]).code, batch);",
      to: `for (const record of batch) this.#items.delete(record.id);
        await this.#forget(batch.map((record) => record.id));
        const answer = await this.#post(/** @type {WireRecord} */ (batch[0]).code, batch);`,
    },
  ],
  "the outbox drops a batch when the server says 503": [
    {
      file: OUTBOX,
      from: "    this.#failures += 1;\n",
      to: `    this.#failures += 1;
    if (status === 503) {
      for (const record of batch) this.#items.delete(record.id);
      await this.#forget(batch.map((record) => record.id));
    }\n`,
    },
  ],
  "the outbox discards what it could not send ten times": [
    {
      file: OUTBOX,
      from: "    this.#failures += 1;\n",
      to: `    this.#failures += 1;
    if (this.#failures > 10) {
      for (const record of batch) this.#items.delete(record.id);
      await this.#forget(batch.map((record) => record.id));
    }\n`,
    },
  ],
  "a record is called kept before the disk has it": [
    {
      file: OUTBOX,
      from: '    this.#set(draft, "saving");\n',
      to: '    this.#set(draft, "kept");\n    void this.#disk.add(draft).catch(() => {});\n    return true;\n',
    },
  ],
  "entries are applied over a gap": [
    { file: FEED, from: "        gap = true;\n        break;\n", to: "" },
    {
      file: FEED,
      from: 'return entry.seq === this.#cursor.seq + 1 && (entry.prev ?? "") === this.#cursor.hash;',
      to: "return true;",
    },
  ],
  "nobody asks when a head is ahead": [
    { file: FEED, from: "if (other || forked || head.head !== seq) void this.catchUp();", to: "" },
    { file: FEED, from: "if (gap || this.#cursor.seq < batch.head) void this.catchUp();", to: "" },
    {
      file: "static/js/sync/session.js",
      from: "void this.feed.catchUp();\n    void this.outbox.flush();",
      to: "void this.outbox.flush();",
    },
    { file: "static/js/sync/session.js", from: "    void this.feed.catchUp();\n", to: "" },
  ],
  "what a restored server forgot is not given back": [
    { file: FEED, from: "        await this.#forgotten(own);\n", to: "" },
    {
      file: FEED,
      from: "const refused = await this.#giveBack(others.slice(i, i + GIVEN_AT_ONCE));",
      to: "const refused = others.map((entry) => entry.record.id);",
    },
  ],
  "a log from before a restore is thrown away": [
    { file: FEED, from: "for (const entry of this.#entries) this.#before.set(entry.record.id, entry);", to: "" },
    { file: FEED, from: "for (const entry of aside) this.#before.set(entry.record.id, entry);", to: "" },
    { file: FEED, from: "for (const entry of rest) this.#before.set(entry.record.id, entry);", to: "" },
  ],
  "the answer goes out before the COMMIT": [
    {
      file: WRITER,
      from: "        try:\n            with pipeline(), transaction.atomic():\n                return append(batches)\n",
      to: `        import sys

        doomed = sys.modules["__main__"].SERVER.rolls_back()
        try:
            with pipeline(), transaction.atomic():
                made = append(batches)
                transaction.set_rollback(doomed)
                return made\n`,
    },
  ],
  "an id is not looked for": [
    { file: APPENDING, from: "            there = known.get(record.id)\n", to: "            there = None\n" },
    { file: APPENDING, from: "rows.append((_key(record.id), ", to: "rows.append((_key(__import__('uuid').uuid4()), " },
  ],
  "an id is forgotten after twenty seconds": [
    {
      file: APPENDING,
      from: "            there = known.get(record.id)\n",
      to: `            there = known.get(record.id)
            if there is not None and Entry.objects.filter(pk=record.id, received__lt=received - 20_000).exists():
                there = None\n`,
    },
    {
      file: APPENDING,
      from: "rows.append((_key(record.id), ",
      to: "rows.append((_key(__import__('uuid').uuid4() if Entry.objects.filter(pk=record.id).exists() else record.id), ",
    },
  ],
  "one milestone of a kind, the first wins": [
    {
      file: APPENDING,
      from: "            there = known.get(record.id)\n",
      to: `            there = known.get(record.id)
            if record.kind == "rosc" and Entry.objects.filter(code=batch.code, kind="rosc").exists():
                results.append(Result(record.id, "recorded", log.head, log.head_hash))
                continue\n`,
    },
  ],
  "a late time is put right by the server": [
    {
      file: APPENDING,
      from: "            body = canonical(raw).decode()\n",
      to: '            raw["at"] = raw["at"] if raw["at"] is None else min(raw["at"], received)\n            body = canonical(raw).decode()\n',
    },
  ],
  "a closed code takes nothing": [
    {
      file: APPENDING,
      from: "            there = known.get(record.id)\n",
      to: `            there = known.get(record.id)
            if log.closed_at is not None and record.kind != "code_reopened":
                results.append(Result(record.id, "refused", reason="closed", detail="The code is closed."))
                continue\n`,
    },
  ],
  "a restore keeps the epoch and nobody compares": [
    { file: HUB, from: '    if after == 0:\n        return ""\n', to: '    return ""\n' },
    { file: "timeline/backups.py", from: 'row["epoch"] = secrets.token_hex(4)', to: "pass" },
    {
      file: FEED,
      from: 'return entry.seq === this.#cursor.seq + 1 && (entry.prev ?? "") === this.#cursor.hash;',
      to: "return entry.seq === this.#cursor.seq + 1;",
    },
  ],
};

// Where the first run that catches each was found; the search begins there, so that it is short while the product draws its
// chances as it did then, and still finds one when it does not.
/** @type {Record<string, number>} */
const FOUND = {
  "the outbox drops a batch when the server says 503": 7,
  "entries are applied over a gap": 9,
  "nobody asks when a head is ahead": 12,
  "the answer goes out before the COMMIT": 4,
  "a log from before a restore is thrown away": 12,
  "a closed code takes nothing": 4,
  "a late time is put right by the server": 5,
  "a restore keeps the epoch and nobody compares": 20,
};

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
