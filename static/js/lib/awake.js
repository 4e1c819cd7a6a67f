// Keeping the screen on. The system may refuse or take it back at any time, so it is asked again at every touch.

/**
 * @param {(awake: boolean) => void} changed
 * @returns {() => void} ask again
 */
export function keepAwake(changed) {
  /** @type {WakeLockSentinel | null} */
  let held = null;
  return () => {
    if (held !== null || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    navigator.wakeLock.request("screen").then(
      (lock) => {
        held = lock;
        lock.addEventListener("release", () => {
          held = null;
          changed(false);
        });
        changed(true);
      },
      () => changed(false),
    );
  };
}
