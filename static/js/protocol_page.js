// The protocol editor: what is typed is saved as soon as the cell is left, checked by the server, and shown in the
// previews. Without this script the button saves.

import { required, setText, show } from "./lib/dom.js";

const form = required("[data-editor]", HTMLFormElement);
const seen = required('[name="seen"]', HTMLInputElement, form);
const said = required("[data-saved]", HTMLElement);
const faults = required("[data-faults]", HTMLElement);
const list = required("ul", HTMLUListElement, faults);

/** @type {Promise<void>} one save after the other: each names the one that it has seen */
let last = Promise.resolve();

form.addEventListener("change", () => {
  last = last.then(save);
});

async function save() {
  setText(said, "Saving…");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    });
    if (!answer.headers.get("content-type")?.startsWith("application/json")) throw new Error(`HTTP ${answer.status}`);
    const { stand, error, sentences, shown, changes } = await answer.json();
    if (typeof stand === "number") seen.value = String(stand);
    setText(said, error || `Saved as a draft. ${changes}`);
    said.dataset.state = error ? "error" : "";
    list.replaceChildren(
      ...sentences.map((/** @type {string} */ sentence) =>
        Object.assign(document.createElement("li"), { textContent: sentence }),
      ),
    );
    show(faults, sentences.length > 0);
    if (!error && shown) reload();
  } catch {
    setText(said, "Not saved: no network. Change it again, or press Save when the network is back.");
    said.dataset.state = "error";
  }
}

function reload() {
  for (const frame of document.querySelectorAll("iframe")) frame.contentWindow?.location.reload();
}
