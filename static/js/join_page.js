// Joining: a QR code brings its token in the fragment, which no server log ever sees; this page hands it in. Typed
// letters are grouped by four as they come.

import { required } from "./lib/dom.js";

const GROUP = 4;
const LETTERS = 8;

/** Hands the fragment's token in, when there is one, and takes it out of the address. */
function arrive() {
  const token = location.hash.slice(1);
  if (token === "") return;
  history.replaceState(null, "", location.pathname);
  const form = required("[data-arrive]", HTMLFormElement);
  required("input[name='token']", HTMLInputElement, form).value = token;
  required("[data-arriving]", HTMLElement).hidden = false;
  for (const each of document.querySelectorAll("[data-typing]")) each.setAttribute("hidden", "");
  form.submit();
}

/** @param {string} text */
function bare(text) {
  return text.toUpperCase().replaceAll(/[^A-Z]/g, "");
}

/**
 * Group what was typed or pasted, and leave the caret behind the letter it stood behind.
 * @param {HTMLInputElement} input
 */
function group(input) {
  const typed = bare(input.value).slice(0, LETTERS);
  const before = Math.min(bare(input.value.slice(0, input.selectionStart ?? input.value.length)).length, LETTERS);
  const shown = typed.length > GROUP ? `${typed.slice(0, GROUP)} ${typed.slice(GROUP)}` : typed;
  if (shown === input.value) return;
  input.value = shown;
  const caret = before > GROUP ? before + 1 : before;
  input.setSelectionRange(caret, caret);
}

const letters = required("#letters", HTMLInputElement);
letters.addEventListener("input", () => group(letters));
addEventListener("hashchange", arrive);
arrive();
