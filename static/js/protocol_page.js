// The protocol editor: what is typed is saved as soon as the cell is left, checked by the server, and shown in the
// previews. Without this script the button saves.

import { required, setAttribute, setText, show } from "./lib/dom.js";

const form = required("[data-editor]", HTMLFormElement);
const publish = required("[data-publish]", HTMLFormElement);
const seen = required('[name="seen"]', HTMLInputElement, form);
const said = required("[data-saved]", HTMLElement);
const faults = required("[data-faults]", HTMLElement);
const faultList = required("ul", HTMLUListElement, faults);
const differ = required("[data-differ]", HTMLElement);
const same = required("[data-same]", HTMLElement);
const unpublished = required("[data-unpublished]", HTMLElement);
const adopted = document.querySelector("[data-adopted]");
const differences = required("[data-differences]", HTMLOListElement);

/** @type {Promise<void>} one save after the other: each names the one that it has seen */
let last = Promise.resolve();
/** Whether what stands in the form is in the draft. */
let kept = true;
/** How many saves are on their way. */
let saving = 0;

form.addEventListener("change", (event) => {
  const cell = event.target instanceof HTMLElement ? event.target : null;
  saving += 1;
  last = last
    .then(() => save(cell))
    .finally(() => {
      saving -= 1;
    });
});

// A press on a button leaves the cell that was typed in: its save comes first, or the two would cross.
for (const each of [form, publish]) {
  each.addEventListener("submit", (event) => {
    if (saving > 0) {
      event.preventDefault();
      const button = event.submitter;
      last.then(() => each.requestSubmit(button));
    } else if (each === publish && !kept) {
      event.preventDefault();
      show(unpublished, true);
    }
  });
}

/** @param {HTMLElement | null} cell the one that was left */
async function save(cell) {
  setText(said, "Saving…");
  kept = false;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    });
    if (!answer.headers.get("content-type")?.startsWith("application/json")) {
      tell("Not saved: you are signed out, or may not change protocols any more.", true);
      return;
    }
    const { stand, error, sentences, shown, changes, adopted: name } = await answer.json();
    if (typeof stand === "number") seen.value = String(stand);
    for (const wrong of form.querySelectorAll("[aria-invalid]")) wrong.removeAttribute("aria-invalid");
    if (error) {
      if (cell) setAttribute(cell, "aria-invalid", "true");
      tell(`Not saved. ${error}`, true);
      return;
    }
    kept = true;
    show(unpublished, false);
    if (adopted) setText(adopted, name);
    list(faultList, sentences);
    show(faults, sentences.length > 0);
    list(differences, changes);
    show(differ, changes.length > 0);
    show(same, changes.length === 0);
    tell(words(sentences), false);
    if (shown) reload();
  } catch {
    tell("Not saved: no network. Change it again, or press Save when the network is back.", true);
  }
}

/**
 * @param {string[]} sentences what stands against publishing
 * @returns {string}
 */
function words(sentences) {
  const [first, ...more] = sentences;
  if (first === undefined) return "Saved as a draft.";
  return `Saved as a draft that cannot be published: ${first}${more.length > 0 ? ` And ${more.length} more.` : ""}`;
}

/**
 * @param {string} text
 * @param {boolean} wrong
 */
function tell(text, wrong) {
  setText(said, text);
  said.dataset.state = wrong ? "error" : "";
}

/**
 * @param {HTMLElement} holder
 * @param {string[]} sentences
 */
function list(holder, sentences) {
  holder.replaceChildren(
    ...sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })),
  );
}

function reload() {
  for (const frame of document.querySelectorAll("iframe")) frame.contentWindow?.location.reload();
}
