import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * Every module that a page's script imports, by name under static/.
 * @param {string} page
 */
function modulesOf(page) {
  /** @type {Set<string>} */
  const found = new Set();
  const open = [page];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const text = readFileSync(join(root, "static", file), "utf8");
    for (const [, name] of text.matchAll(/^(?:import|export)\b[^;]*?from "(\.[^"]+)";/gm)) {
      const other = normalize(join(dirname(file), /** @type {string} */ (name)));
      if (!found.has(other)) open.push(other);
      found.add(other);
    }
  }
  return [...found].sort();
}

test("the board names every module it is made of, so that one round trip brings them all", () => {
  const text = readFileSync(join(root, "templates/timeline/_board_modules.html"), "utf8");
  const named = [...text.matchAll(/modulepreload" href="{% static '([^']+)' %}"/g)].map((match) => match[1]);
  assert.deepEqual(named, modulesOf("js/board_page.js"));
});
