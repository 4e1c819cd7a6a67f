// Keeps the shell of the board, so that a reload without network still opens it. Records are none of its business:
// they live in the page's own database, and a worker's queue would forget them.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const SHELL = "ecpr-shell-1";
const PAGE = /^\/codes\/[0-9a-f-]{36}\/(wall\/|details)?$/;
// A page that the network has not brought by then is shown from the shell: a dead access point answers nothing at all.
const PATIENCE_MS = 3000;

worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(settle()));
worker.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== worker.location.origin) return;
  if (PAGE.test(address.pathname)) event.respondWith(fresh(event.request));
  else if (address.pathname.startsWith("/static/")) event.respondWith(kept(event.request));
});

// The page that registered this worker was loaded without it: it names what it is made of, and that is fetched again.
worker.addEventListener("message", (event) => {
  if (event.data?.t === "keep") event.waitUntil(keep(event.data.addresses));
});

async function settle() {
  for (const name of await caches.keys()) if (name !== SHELL) await caches.delete(name);
  await worker.clients.claim();
}

/** @param {string[]} addresses */
async function keep(addresses) {
  const shell = await caches.open(SHELL);
  for (const address of addresses) {
    if (new URL(address).origin !== worker.location.origin || (await shell.match(address))) continue;
    // One that cannot be had must not cost the others.
    await shell.add(address).catch(() => {});
  }
}

/**
 * A page: from the network when that answers in time, else as it was last seen.
 * @param {Request} request
 * @returns {Promise<Response>}
 */
async function fresh(request) {
  const shell = await caches.open(SHELL);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && !answer.redirected) await shell.put(request, answer.clone());
    // No longer allowed here: what was kept must not open either.
    else if (answer.status === 404 || answer.status === 403) await shell.delete(request);
    return answer;
  } catch {
    return (await shell.match(request, { ignoreSearch: true })) ?? Response.error();
  }
}

/**
 * A file: as kept, and fetched anew behind it unless its name carries its hash.
 * @param {Request} request
 * @returns {Promise<Response>}
 */
async function kept(request) {
  const shell = await caches.open(SHELL);
  const found = await shell.match(request);
  if (found && /\.[0-9a-f]{12}\.\w+$/.test(new URL(request.url).pathname)) return found;
  try {
    const answer = await fetch(request);
    if (answer.ok) await shell.put(request, answer.clone());
    return answer;
  } catch {
    return found ?? Response.error();
  }
}
