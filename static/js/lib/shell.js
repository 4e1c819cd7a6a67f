// Registers the service worker and tells it what this page is made of, so that a reload opens without network.

/** Does nothing where the browser has no service worker: pages without TLS, private windows. */
export async function keepShell() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("/service_worker.js");
    const registration = await navigator.serviceWorker.ready;
    const files = performance.getEntriesByType("resource").map((entry) => entry.name);
    const addresses = [
      location.href,
      ...files.filter((name) => /^\/(static\/|codes\/.*\/details$)/.test(new URL(name).pathname)),
    ];
    registration.active?.postMessage({ t: "keep", addresses });
  } catch {
    // Without the worker only a reload without network is lost.
  }
}
