// Light or dark, chosen by the person and remembered on this device.
//
// Loaded render-blocking in the head of every page, so the first paint already has the right theme. Any button with
// the attribute `data-theme-toggle` switches it; inside it, an element with `data-theme-word` names what a press gives.
// A page's own script asks with the event `ecpr:theme`, whose detail is the theme, and so needs nothing of this file.

const KEY = "ecpr.theme";

/** @typedef {"light" | "dark"} Theme */

/**
 * The remembered theme; without one, what the operating system prefers when the page is loaded. The system is not
 * followed afterwards: a screen must not change its colours by itself in the middle of a code.
 * @returns {Theme}
 */
export function chosenTheme() {
  const stored = remembered();
  if (stored !== null) return stored;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** @returns {Theme | null} */
function remembered() {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : null;
  } catch {
    // Storage may be forbidden (private window, policy): the theme is then not remembered, which harms nothing.
    return null;
  }
}

/**
 * Paint the page in a theme and name the other one on every toggle.
 * @param {Theme} theme
 */
export function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    const word = button.querySelector("[data-theme-word]");
    if (word !== null) word.textContent = theme === "dark" ? "Light" : "Dark";
    button.removeAttribute("hidden");
  }
}

/**
 * Choose a theme for this device.
 * @param {Theme} theme
 */
export function chooseTheme(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // See remembered().
  }
  applyTheme(theme);
}

applyTheme(chosenTheme());
document.addEventListener("DOMContentLoaded", () => applyTheme(chosenTheme()));
document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest("[data-theme-toggle]") === null) return;
  chooseTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
});
document.addEventListener("ecpr:theme", (event) => {
  if (event instanceof CustomEvent) chooseTheme(event.detail === "dark" ? "dark" : "light");
});
// Another tab of this device chose: follow it.
addEventListener("storage", (event) => {
  if (event.key === KEY) applyTheme(chosenTheme());
});
