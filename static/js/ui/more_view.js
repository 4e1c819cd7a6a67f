// Everything that is rarely needed: behind one button, never beside a milestone.

import { icon, make, setText } from "../lib/dom.js";
import { pictureOf } from "../lib/picture.js";
import { onPress } from "../lib/press.js";
import { timeOfDay } from "../lib/zone.js";
import { feedView } from "./feed_view.js";
import { isHere, soundWords } from "./sound.js";

/** @import { Desk } from "./desk.js" */
/** @import { Panel } from "./panel_view.js" */

/** @typedef {{letters: string, url: string, qr_svg: string, expires: number}} Invitation */

/**
 * @param {Desk} desk
 * @param {(panel: string, about?: string) => void} open
 * @param {{close: () => void, retry: () => void, tick: () => void}} frame
 * @returns {Panel}
 */
export function morePanel(desk, open, frame) {
  const list = make("div", { className: "more" });
  /**
   * @param {string} name
   * @param {string} words
   * @param {() => void} act
   */
  function entry(name, words, act) {
    const label = make("span", { textContent: words });
    const button = make("button", { className: "more-entry", type: "button" }, icon(name), label);
    onPress(button, desk.now, act);
    list.append(button);
    return label;
  }
  /**
   * @param {string} name
   * @param {string} words
   * @param {string} href
   */
  function link(name, words, href) {
    list.append(make("a", { className: "more-entry", href }, icon(name), make("span", { textContent: words })));
  }
  entry("qr-code", "Invite a device", () => open("invite"));
  entry("users", "The team", () => open("team"));
  entry("list-checks", "My checklist", () => (desk.role === null ? open("team") : open("role", desk.role)));
  entry("file-text", "Criteria", () => open("criteria"));
  entry("file-text", "Hand over", () => open("handover"));
  entry("clock", "Add past event", () => open("add"));
  entry("history", "Whole feed", () => open("feed"));
  const theme = entry("moon", "", () => {
    document.dispatchEvent(new CustomEvent("ecpr:theme", { detail: dark() ? "light" : "dark" }));
    setText(theme, themeWords());
  });
  setText(theme, themeWords());
  entry(
    isHere(desk) ? "volume-x" : "volume-2",
    soundWords(desk, (at) => timeOfDay(at, desk.zone)),
    () => {
      const kind = isHere(desk) ? "sound_released" : "sound_taken";
      // The press that takes the sound is the finger without which a browser lets no page sound.
      if (kind === "sound_taken") frame.tick();
      desk.record({ kind });
      frame.close();
    },
  );
  // Only while something waits or was refused: the list has to fit without scrolling, its last entry above all.
  if (desk.standing.items.some((item) => item.state !== "recorded")) {
    entry("refresh-cw", "Send again", () => {
      frame.retry();
      frame.close();
    });
  }
  link("monitor", "Wall screen", desk.setting.urls.wall);
  link("file-text", "Debrief", desk.setting.urls.debrief);
  if (desk.reading.code.state === "closed") entry("play", "Resume code", () => desk.record({ kind: "code_reopened" }));
  else entry("circle-stop", "End code", () => open("end"));
  return { title: "More", element: list };
}

function dark() {
  return document.documentElement.dataset.theme === "dark";
}

function themeWords() {
  return dark() ? "Light screen" : "Dark screen";
}

/**
 * @param {Desk} desk
 * @param {{close: () => void}} frame
 * @returns {Panel}
 */
export function endPanel(desk, frame) {
  const list = make("div", { className: "outcomes" });
  for (const outcome of desk.protocol.outcomes) {
    const button = make("button", { className: "outcome", type: "button", textContent: outcome.label });
    onPress(button, desk.now, (at) => {
      desk.record({ kind: "code_closed", at, payload: { value: outcome.key } });
      frame.close();
    });
    list.append(button);
  }
  const missing = make("p", { className: "sheet-meta" });
  return {
    title: "End with",
    element: make("div", { className: "sheet" }, list, missing),
    render: () => {
      const names = desk.reading.missing.map((each) => each.label);
      setText(missing, names.length === 0 ? "" : `Not recorded yet: ${names.join(", ")}. They can be added later.`);
    },
  };
}

/**
 * @param {Desk} desk
 * @param {() => Promise<Invitation>} ask
 * @returns {Panel}
 */
export function invitePanel(desk, ask) {
  const words = make("p", { className: "sheet-meta", role: "status", textContent: "Asking for an invitation…" });
  const letters = make("p", { className: "invite-letters digits" });
  const picture = make("img", { className: "invite-qr", alt: "QR code that opens the join page", hidden: true });
  const element = make(
    "div",
    { className: "invite" },
    picture,
    make("div", { className: "invite-words" }, letters, words),
  );
  ask().then(
    (found) => {
      picture.src = pictureOf(found.qr_svg);
      picture.hidden = false;
      setText(letters, `${found.letters.slice(0, 4)} ${found.letters.slice(4)}`);
      const { host } = new URL(found.url);
      setText(
        words,
        `Scan it, or open ${host}/join and type the letters. Good until ${timeOfDay(found.expires, desk.zone)}.`,
      );
    },
    () => setText(words, "No invitation without the server. Try again when this device is live."),
  );
  return { title: "Invite a device", element, stays: true };
}

/**
 * @param {Desk} desk
 * @param {(panel: string, about?: string) => void} open
 * @returns {Panel}
 */
export function historyPanel(desk, open) {
  const element = make("div", { className: "feed-all" });
  const render = feedView(element, desk, open);
  return { title: "Whole feed", element, render, stays: true };
}
