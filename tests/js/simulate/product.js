// The product's own modules, from its folder or from a mutant's.

import { pathToFileURL } from "node:url";

/**
 * @typedef {object} Product
 * @property {typeof import("../../../static/js/sync/session.js").Session} Session
 * @property {typeof import("../../../static/js/sync/pen.js").Pen} Pen
 * @property {typeof import("../../../static/js/core/figures.js").readAll} read
 * @property {typeof import("../../../static/js/core/records.js").canonical} canonical
 */

/**
 * @param {string} root the folder that holds static/
 * @returns {Promise<Product>}
 */
export async function productOf(root) {
  const from = (/** @type {string} */ file) => import(pathToFileURL(`${root}/static/js/${file}`).href);
  const [session, pen, figures, records] = await Promise.all(
    ["sync/session.js", "sync/pen.js", "core/figures.js", "core/records.js"].map(from),
  );
  return { Session: session.Session, Pen: pen.Pen, read: figures.readAll, canonical: records.canonical };
}
