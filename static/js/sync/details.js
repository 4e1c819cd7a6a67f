// What can be said of each kind of event, from the server: needed only once somebody opens an entry.

/**
 * @typedef {{ value: { type: string, label?: string, unit?: string, choices?: { value: string, label: string }[] },
 *   fields: { key: string, label: string, type: "number" | "text" | "yes_no" | "choice", unit?: string,
 *     choices?: string[] }[] }} Details
 */

/**
 * Asks once; after a failure the next one who needs it asks again.
 * @param {(address: string, init: RequestInit) => Promise<Response>} fetch
 * @param {string} address
 * @returns {() => Promise<Record<string, Details>>}
 */
export function detailsFrom(fetch, address) {
  /** @type {Promise<Record<string, Details>> | null} */
  let known = null;
  return () => {
    known ??= ask().catch((fault) => {
      known = null;
      throw fault;
    });
    return known;
  };

  /** @returns {Promise<Record<string, Details>>} */
  async function ask() {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return answer.json();
  }
}
