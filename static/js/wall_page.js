// The wall's page: reads only. It has no buttons and writes no record.

import { clockGuess, keepClock, readBoot, settingOf, socketAddress } from "./boot.js";
import { read } from "./core/reading.js";
import { keepAwake } from "./lib/awake.js";
import { paintEach, startBeat } from "./lib/beat.js";
import { required } from "./lib/dom.js";
import { keepShell } from "./lib/shell.js";
import { Session } from "./sync/session.js";
import { Store } from "./sync/store.js";
import { Desk } from "./ui/desk.js";
import { stripView } from "./ui/strip_view.js";
import { wallJoin } from "./ui/wall_join.js";
import { wallView } from "./ui/wall_view.js";

const boot = readBoot();
const store = new Store(indexedDB);
let repaint = () => {};
const session = new Session({
  code: boot.code.id,
  device: boot.device,
  store,
  fetch: (/** @type {RequestInfo | URL} */ input, /** @type {RequestInit | undefined} */ init) => fetch(input, init),
  open: () => new WebSocket(socketAddress(boot)),
  mono: () => performance.now(),
  wall: () => Date.now(),
  wallOffset: clockGuess(boot),
  learned: keepClock,
  changed: () => repaint(),
});
const now = () => session.clock.now();

/** @returns {import("./ui/desk.js").Standing} */
function standing() {
  const { mode, devices, heardAt, clock } = session;
  return {
    mode,
    devices,
    heardAt,
    awake: true,
    uncertainty: clock.uncertainty(),
    serverMoved: session.serverMoved,
    // No names on a wall.
    clocksOff: session.clocksOff.map(({ seconds }) => ({ label: "A device", seconds })),
    stepped: clock.stepped,
    items: [],
    trouble: null,
  };
}

const desk = new Desk({
  setting: settingOf(boot),
  now,
  write: () => {
    throw new Error("A wall writes nothing.");
  },
  add: () => {},
  changed: () => {},
  reading: read(boot.frame.entries, boot.protocol, boot.server_now),
  standing: standing(),
});
const views = [
  wallView(required("#wall", HTMLElement), desk),
  stripView(required("[data-strip]", HTMLElement), desk),
  wallJoin(required("#wall", HTMLElement), desk, invitation),
];

/** @returns {Promise<import("./ui/more_view.js").Invitation>} */
async function invitation() {
  const csrf = required('meta[name="csrf-token"]', HTMLMetaElement).content;
  const answer = await fetch(boot.urls.wall_invite ?? "", {
    method: "POST",
    headers: { "X-CSRFToken": csrf },
    credentials: "same-origin",
    signal: AbortSignal.timeout(8000),
  });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
}

const started = session.start(boot.frame);
repaint = startBeat(now, (second) => {
  desk.reading = read(session.entries(), boot.protocol, second);
  desk.standing = standing();
  paintEach(views, second);
});
required("#wall", HTMLElement).dataset.ready = "yes";
await started;

const askAwake = keepAwake(() => {});
askAwake();
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  askAwake();
  session.wake();
  repaint();
});
addEventListener("online", () => session.wake());
addEventListener("offline", () => session.doubt());
void keepShell();
