// Joining: a QR code brings its token in the fragment, which no server log ever sees; this page hands it in.

import { required } from "./lib/dom.js";

/** Hands the fragment's token in, when there is one, and takes it out of the address. */
function arrive() {
  const token = location.hash.slice(1);
  if (token === "") return;
  history.replaceState(null, "", location.pathname);
  const form = required("[data-arrive]", HTMLFormElement);
  required("input[name='token']", HTMLInputElement, form).value = token;
  required("[data-arriving]", HTMLElement).hidden = false;
  required("[data-typing]", HTMLElement).hidden = true;
  form.submit();
}

const letters = required("#letters", HTMLInputElement);
letters.addEventListener("input", () => {
  const typed = letters.value.toUpperCase().replaceAll(/[^A-Z]/g, "");
  const shown = typed.length > 4 ? `${typed.slice(0, 4)} ${typed.slice(4, 8)}` : typed;
  if (shown !== letters.value) letters.value = shown;
});
addEventListener("hashchange", arrive);
arrive();
