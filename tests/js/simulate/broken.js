// The deliberately broken variants: each is one small change of the product's source, which the simulation has to find.

/** @typedef {{file: string, from: string, to: string}} Change */

const OUTBOX = "static/js/sync/outbox.js";
const FEED = "static/js/sync/feed.js";
const APPENDING = "timeline/appending.py";
const HEADS = "timeline/heads.py";
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
  "what the disk refused is never tried on it again": [{ file: OUTBOX, from: "      await this.#rescue();\n", to: "" }],
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
    {
      file: HEADS,
      from: "        _commit(raw)\n",
      to: `        import sys

        raw.execute("ROLLBACK" if sys.modules["__main__"].SERVER.rolls_back() else "COMMIT")\n`,
    },
  ],
  "an id is not looked for": [
    { file: APPENDING, from: "            there = known.get(record.id)\n", to: "            there = None\n" },
    {
      file: APPENDING,
      from: "rows.append((key(record.id), ",
      to: "rows.append((key(str(__import__('uuid').uuid4())), ",
    },
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
      from: "rows.append((key(record.id), ",
      to: `rows.append((key(str(__import__('uuid').uuid4())
                if Entry.objects.filter(pk=record.id, received__lt=received - 20_000).exists() else record.id), `,
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
export const FOUND = {
  "the outbox drops a batch when the server says 503": 7,
  "entries are applied over a gap": 9,
  "nobody asks when a head is ahead": 12,
  "the answer goes out before the COMMIT": 4,
  "a log from before a restore is thrown away": 12,
  "a closed code takes nothing": 4,
  "a late time is put right by the server": 5,
  "a restore keeps the epoch and nobody compares": 20,
  "what the disk refused is never tried on it again": 3212,
};
