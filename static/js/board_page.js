// The board's page: builds the parts, joins them, and does nothing else.

import { alone, clockGuess, keepClock, readBoot, settingOf, socketAddress } from "./boot.js";
import { read } from "./core/reading.js";
import { keepAwake } from "./lib/awake.js";
import { paintEach, startBeat } from "./lib/beat.js";
import { required, setAttribute } from "./lib/dom.js";
import { onPress } from "./lib/press.js";
import { keepShell } from "./lib/shell.js";
import { Pen } from "./sync/pen.js";
import { Session } from "./sync/session.js";
import { Store } from "./sync/store.js";
import { aclsView } from "./ui/acls_view.js";
import { clockView } from "./ui/clock_view.js";
import { Desk } from "./ui/desk.js";
import { feedView, SHORT_FEED } from "./ui/feed_view.js";
import { milestonesView } from "./ui/milestones_view.js";
import { notSavedView } from "./ui/not_saved_view.js";
import { panelView } from "./ui/panel_view.js";
import { promptView } from "./ui/prompt_view.js";
import { rolesView } from "./ui/roles_view.js";
import { statusView } from "./ui/status_view.js";
import { stripView } from "./ui/strip_view.js";
import { undoView } from "./ui/undo_view.js";

/** What can be said of an entry is asked for when its sheet opens, or by then: so that it is there without a network. */
const DETAILS_MS = 15_000;

const boot = readBoot();
const store = new Store(indexedDB);
let awake = false;
/** @type {(record: import("./sync/wire.js").WireRecord) => void} */
let lost = () => {};
let repaint = () => {};
const session = new Session({
  code: boot.code.id,
  device: boot.device,
  store,
  fetch: (input, init) => fetch(input, init),
  open: () => new WebSocket(socketAddress(boot)),
  mono: () => performance.now(),
  wall: () => Date.now(),
  wallOffset: clockGuess(boot),
  learned: keepClock,
  alone,
  presence: () => ({ role: desk.role, pending: session.outbox.pending, label: boot.device.label }),
  changed: () => repaint(),
  notSaved: (record) => lost(record),
});
const now = () => session.clock.now();

/** @returns {import("./ui/desk.js").Standing} */
function standing() {
  const { mode, devices, heardAt, outbox, clock } = session;
  return {
    mode,
    devices,
    heardAt,
    awake,
    uncertainty: clock.uncertainty(),
    serverMoved: session.serverMoved,
    clocksOff: session.clocksOff,
    stepped: clock.stepped,
    items: outbox.items,
    trouble: outbox.trouble,
  };
}

const pen = new Pen({
  code: boot.code.id,
  device: boot.device.id,
  now,
  evidence: () => session.clock.evidence(),
  role: () => desk.role,
  seen: () => session.feed.cursor.seq,
});
const desk = new Desk({
  setting: settingOf(boot, {
    role: boot.role,
    urls: { invite: "", debrief: "", home: "/", wall: "", ...boot.urls },
  }),
  now,
  write: (said) => pen.write(said),
  add: (record) => {
    void session.outbox.add(record);
    repaint();
  },
  changed: () => repaint(),
  reading: read(boot.frame.entries, boot.protocol, boot.server_now),
  standing: standing(),
  doubt: (id) => session.entries().find(({ record }) => record.id === id)?.record.when?.uncertainty ?? null,
});

const frame = required("#board", HTMLElement);
const panel = panelView(required("#panel", HTMLElement), frame, desk);
const retry = () => void session.outbox.retryRefused();
offerLate("team", (panels) => panels.teamPanel(desk, panel.open));
offerLate("role", (panels, key) => panels.checklistPanel(desk, key ?? "", panel.open));
offerLate("correction", (panels, id) => panels.correctionPanel(desk, id ?? "", panel));
offerLate("add", (panels, kind) => panels.addPanel(desk, kind, panel));
offerLate("more", (panels) =>
  panels.morePanel(desk, panel.open, { close: panel.close, retry, tick: () => sound?.tick() }),
);
offerLate("criteria", (panels) => panels.criteriaPanel(desk));
offerLate("handover", (panels) => panels.handoverPanel(desk));
offerLate("clocks", (panels) => panels.clocksPanel(desk));
offerLate("end", (panels) => panels.endPanel(desk, panel));
offerLate("invite", (panels) => panels.invitePanel(desk, invite));
offerLate("feed", (panels) => panels.historyPanel(desk, panel.open));

/** @typedef {typeof import("./board_panels.js")} Late */

/** @type {Promise<Late> | null} */
let coming = null;
/** @type {Late | null} */
let arrived = null;
/** @type {ReturnType<Late["soundOf"]> | null} */
let sound = null;

/** The panels' own file; asked for again after it could not be had. */
function fetchLate() {
  coming ??= import("./board_panels.js").then(
    (module) => {
      module.knowOffsets(boot.zone, boot.zone_offsets);
      arrived = module;
      sound ??= module.soundOf(desk, frame);
      desk.details ??= module.detailsFrom((address, init) => fetch(address, init), boot.urls.details ?? "");
      setTimeout(() => void desk.details?.().catch(() => {}), DETAILS_MS);
      return module;
    },
    (fault) => {
      coming = null;
      throw fault;
    },
  );
  return coming;
}

/**
 * A panel from the file that comes after the board: at once when it has come.
 * @param {string} name
 * @param {(late: Late, about: string | undefined) => import("./ui/panel_view.js").Panel | null} make
 */
function offerLate(name, make) {
  panel.offer(name, (about) => (arrived ? make(arrived, about) : fetchLate().then((module) => make(module, about))));
}

const notSaved = notSavedView(required("#not-saved", HTMLElement), desk, () => void session.outbox.flush());
lost = notSaved.lost;
const acls = aclsView(required("#acls", HTMLElement), desk);
const views = [
  statusView(required("#status", HTMLElement), desk),
  clockView(required("#clock", HTMLElement), desk, panel.open),
  acls.render,
  stripView(required("#strip", HTMLElement), desk, { acts: true }),
  milestonesView(required("#next", HTMLElement), required("#others", HTMLElement), desk, panel.open),
  rolesView(required("#roles", HTMLElement), desk, panel.open),
  feedView(required("#feed", HTMLElement), desk, panel.open, SHORT_FEED),
  promptView(required("#prompt", HTMLElement), desk, frame),
  undoView(required("#undo", HTMLElement), desk),
  notSaved.render,
  panel.render,
  (/** @type {number} */ second) => sound?.render(second),
];

for (const tab of document.querySelectorAll("[data-tab]")) {
  if (!(tab instanceof HTMLButtonElement)) continue;
  onPress(tab, now, () => {
    const name = tab.dataset.tab ?? "board";
    if (name === "board") panel.close();
    else if (name === "role" && desk.role === null) panel.open("team");
    else panel.open(name, desk.role ?? undefined);
    repaint();
  });
}

function markTab() {
  const shown = panel.name();
  const tab =
    shown === null ? "board" : shown === "role" || shown === "team" ? "role" : shown === "feed" ? "feed" : "more";
  for (const each of document.querySelectorAll("[data-tab]")) {
    setAttribute(each, "aria-current", /** @type {HTMLElement} */ (each).dataset.tab === tab ? "true" : null);
  }
}

/** @returns {Promise<import("./ui/more_view.js").Invitation>} */
async function invite() {
  const csrf = required('meta[name="csrf-token"]', HTMLMetaElement).content;
  const answer = await fetch(boot.urls.invite ?? "", {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": csrf },
    credentials: "same-origin",
    signal: AbortSignal.timeout(8000),
  });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
}

const askAwake = keepAwake((is) => {
  awake = is;
  repaint();
});
document.addEventListener("pointerdown", askAwake);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    askAwake();
    session.wake();
    repaint();
  } else {
    acls.settle();
  }
});
addEventListener("pageshow", (event) => void (event.persisted && session.wake()));
addEventListener("online", () => session.wake());
addEventListener("offline", () => session.doubt());
addEventListener("pagehide", () => {
  acls.settle();
});

let first = true;
const paint = (/** @type {number} */ second) => {
  // What the page brought has just been read.
  if (!first) desk.reading = read(session.entries(), boot.protocol, second);
  first = false;
  desk.standing = standing();
  setAttribute(frame, "data-code-state", desk.reading.code.state);
  paintEach(views, second);
  markTab();
};
const started = session.start(boot.frame);
repaint = startBeat(now, paint);
frame.dataset.ready = "yes";
await started;
askAwake();
// Asks the browser not to clear this site's disk when space runs short; records may be waiting on it.
void navigator.storage?.persist?.();
// What this page is made of is kept with the panels in it, so that they open without network as well.
await fetchLate().catch(() => {});
void keepShell();
