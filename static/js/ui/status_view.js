// The status row: which code, where, what time it is, how this device stands to the others, and who it is.

import { required, setAttribute, setIcon, setText, show } from "../lib/dom.js";
import { timeOfDay } from "../lib/zone.js";
import { breaksFor } from "./breaks.js";
import { roleName, span, whoMovedOnset } from "./words.js";

/** @import { Desk, Standing } from "./desk.js" */

/** After so long without a word from the server a screen says how old it is (reliability.md, L3: within ten seconds). */
export const QUIET_MS = 9000;
const NOTICE_MS = 20_000;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function statusView(root, desk) {
  const wall = required("[data-wall-clock]", HTMLElement, root);
  const link = required("[data-link]", HTMLElement, root);
  const linkIcon = required("[data-link] svg", SVGElement, root);
  const linkWords = required("[data-link-words]", HTMLElement, root);
  const linkBrief = required("[data-link-brief]", HTMLElement, root);
  const me = required("[data-me]", HTMLElement, root);
  const notice = required("[data-notice]", HTMLElement, root);
  const doubt = required("[data-doubt]", HTMLElement, root);
  /** @type {{deadline: number | null, words: string, until: number}} */
  let told = { deadline: null, words: "", until: 0 };
  let first = true;
  let steps = 0;
  let moved = 0;
  /** @type {number | null} */
  let left = null;
  let phase = -1;
  /** @type {Set<string>} the broken dependencies that were told */
  const broken = new Set();

  /** @param {number} now */
  return function render(now) {
    setText(wall, timeOfDay(now, desk.zone, true));
    const link_ = linkOf(desk.standing, now);
    setAttribute(link, "data-link", link_.state);
    setIcon(linkIcon, link_.icon);
    setText(linkWords, link_.words);
    setText(me, desk.role === null ? desk.setting.device.label || "No role" : roleName(desk.protocol, desk.role));
    announce(now);
    // The notice says more; there is room for one of them on a small screen.
    const doubtful = now < told.until && told.words !== "" ? "" : doubtOf(desk.standing);
    setText(doubt, doubtful);
    show(doubt, doubtful !== "");
    // On a phone there is no room for both the doubt and how many devices there are.
    setText(linkBrief, link_.brief ?? (doubtful === "" ? link_.words : link_.words.replace(/, .*/, "")));
  };

  /**
   * A deadline never moves silently.
   * @param {number} now
   */
  function announce(now) {
    const { deadline } = desk.reading.clock;
    if (deadline !== told.deadline) {
      const was = told.deadline;
      const who = whoMovedOnset(desk.reading.records, desk.protocol);
      const words =
        deadline === null || first
          ? ""
          : was === null
            ? `Counting: flow by ${timeOfDay(deadline, desk.zone, true)}`
            : `Arrest time changed: flow by ${timeOfDay(deadline, desk.zone, true)}, was ${timeOfDay(was, desk.zone, true)}${
                who === "" ? "" : `; ${who}`
              }`;
      told = { deadline, words, until: now + NOTICE_MS };
    }
    const atDoor = desk.reading.clock.left_at_door;
    if (atDoor !== left) {
      left = atDoor;
      if (atDoor !== null && !first) told = { ...told, words: doorWords(atDoor), until: now + NOTICE_MS };
    }
    const place = desk.protocol.phases.findIndex((each) => each.key === desk.reading.phase);
    if (place < phase) {
      const words = `Phase is ${desk.protocol.phases[place]?.label} again`;
      told = { ...told, words, until: now + NOTICE_MS };
    }
    phase = place;
    for (const { records, text } of breaksFor(desk.reading, desk.protocol, desk.role)) {
      const which = records.join();
      if (!broken.has(which) && !first) told = { ...told, words: text, until: now + NOTICE_MS };
      broken.add(which);
    }
    first = false;
    const { stepped, serverMoved } = desk.standing;
    // The two clocks are read one after the other, so the figure is not the same to the millisecond each time.
    if (Math.abs(serverMoved - moved) > 100) {
      moved = serverMoved;
      const words = `Server clock moved ${signed(moved)} s; times here stay`;
      if (moved !== 0) told = { ...told, words, until: now + NOTICE_MS };
    }
    if (stepped.times !== steps) {
      steps = stepped.times;
      // The shown time never jumps without a word.
      told = {
        ...told,
        words: `Clock corrected by ${Math.round(Math.abs(stepped.by) / 1000)} s`,
        until: now + NOTICE_MS,
      };
    }
    const shown = now < told.until ? told.words : "";
    setText(notice, shown);
    show(notice, shown !== "");
  }
}

/**
 * What the hospital has left of the target when the patient comes, not only the total.
 * @param {number} left ms; less than 0 when the target is past
 * @returns {string}
 */
export function doorWords(left) {
  return left < 0 ? `At the door: ${span(-left)} past target` : `At the door: ${span(left)} left to flow`;
}

/** @param {number} ms */
function signed(ms) {
  return `${ms < 0 ? "−" : "+"}${Math.round(Math.abs(ms) / 1000)}`;
}

/**
 * How this device stands to the others, in words.
 * @param {Standing} standing
 * @param {number} now
 * @returns {{state: "live" | "slow" | "alone" | "needs", words: string, brief?: string, icon: string}} `brief` is for phones
 */
export function linkOf(standing, now) {
  const refused = standing.items.filter((item) => item.state === "refused").length;
  const waiting = standing.items.filter((item) => item.state !== "refused" && item.state !== "recorded").length;
  const notShared = waiting > 0 ? `, ${waiting} not shared` : "";
  const brief = waiting > 0 ? { brief: notShared.slice(2) } : {};
  if (refused > 0) return { state: "needs", words: `${refused} needs a look`, icon: "triangle-alert" };
  if (standing.trouble === 401 || standing.trouble === 404) {
    return { state: "needs", words: `Join again to share ${waiting}`, brief: "Join again", icon: "triangle-alert" };
  }
  if (standing.mode === "connecting" && standing.heardAt === null) {
    return { state: "slow", words: `Connecting${notShared}`, ...brief, icon: "refresh-cw" };
  }
  // A socket can look open long after the network has gone: the last try to send knows better.
  const unheard = waiting > 0 && standing.trouble !== null;
  if (standing.mode === "lost" || unheard) {
    return { state: "alone", words: `This device only${notShared}`, ...brief, icon: "cloud-off" };
  }
  const silent = standing.heardAt === null ? 0 : now - standing.heardAt;
  if (silent > QUIET_MS && standing.mode !== "polling") {
    return {
      state: "slow",
      words: `Behind ${span(silent).replace(/^0:0?/, "")} s${notShared}`,
      ...brief,
      icon: "refresh-cw",
    };
  }
  if (standing.mode === "connecting")
    return { state: "slow", words: `Reconnecting${notShared}`, ...brief, icon: "refresh-cw" };
  if (waiting > 0) return { state: "slow", words: `Sending ${waiting}`, icon: "refresh-cw" };
  if (standing.mode === "polling") return { state: "live", words: "Live, slower", icon: "wifi" };
  const others = standing.devices === 1 ? "1 device" : `${standing.devices} devices`;
  return { state: "live", words: standing.devices > 0 ? `Live, ${others}` : "Live", icon: "wifi" };
}

/**
 * What to say about the clocks; nothing while this device's is within a quarter of a second, nobody set the server's, and
 * the server finds no device's clock off.
 * @param {Pick<Standing, "uncertainty" | "serverMoved" | "clocksOff">} standing
 * @returns {string}
 */
export function doubtOf({ uncertainty, serverMoved, clocksOff: [off, ...more] }) {
  if (off !== undefined) {
    const others = more.length > 0 ? ` and ${more.length} more` : "";
    return `${off.label}${others}: clock off by ${signed(off.seconds * 1000)} s`;
  }
  if (uncertainty === null) return "clock not verified";
  if (uncertainty <= 250 && serverMoved === 0) return "";
  return uncertainty > 250 ? `clock ±${Math.ceil(uncertainty / 1000)} s` : "server clock moved";
}
