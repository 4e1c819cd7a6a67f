// A protocol's preview: the real parts of the board or the wall over a made-up run. What is pressed stays on this page.

import { readBoot, settingOf } from "./boot.js";
import { read } from "./core/reading.js";
import { paintEach, startBeat } from "./lib/beat.js";
import { required } from "./lib/dom.js";
import { Pen } from "./sync/pen.js";
import { aclsView } from "./ui/acls_view.js";
import { checklistPanel } from "./ui/checklist_view.js";
import { clockView } from "./ui/clock_view.js";
import { Desk } from "./ui/desk.js";
import { feedView, SHORT_FEED } from "./ui/feed_view.js";
import { milestonesView } from "./ui/milestones_view.js";
import { panelView } from "./ui/panel_view.js";
import { promptView } from "./ui/prompt_view.js";
import { rolesView } from "./ui/roles_view.js";
import { statusView } from "./ui/status_view.js";
import { stripView } from "./ui/strip_view.js";
import { teamPanel } from "./ui/team_view.js";
import { undoView } from "./ui/undo_view.js";
import { wallView } from "./ui/wall_view.js";

/** @import { EntryJson } from "./core/records.js" */

const boot = readBoot();
const began = performance.now();
const now = () => boot.server_now + performance.now() - began;
/** @type {EntryJson[]} */
const entries = [...boot.frame.entries];
let repaint = () => {};

const pen = new Pen({
  code: boot.code.id,
  device: boot.device.id,
  now,
  evidence: () => ({ wall: 0, mono: 0, boot: "", offset: 0, uncertainty: 0, offset_age: 0, tz: 0 }),
  role: () => desk.role,
  seen: () => entries.length,
});
const desk = new Desk({
  setting: settingOf(boot),
  now,
  write: (said) => pen.write(said),
  add: (record) => {
    const by = { device: boot.device.id, label: boot.device.label, person: null };
    const seq = entries.length + 1;
    entries.push({ seq, received: record.at ?? now(), by, flags: [], prev: "", hash: "", record });
    repaint();
  },
  changed: () => repaint(),
  reading: read(entries, boot.protocol, boot.server_now),
  standing: {
    mode: "live",
    devices: 1,
    heardAt: boot.server_now,
    awake: true,
    uncertainty: 0,
    serverMoved: 0,
    clocksOff: [],
    stepped: { times: 0, by: 0 },
    items: [],
    trouble: null,
  },
});

/** @param {HTMLElement} frame */
function boardViews(frame) {
  const panel = panelView(required("#panel", HTMLElement), frame, desk);
  panel.offer("team", () => teamPanel(desk, panel.open));
  panel.offer("role", (key) => checklistPanel(desk, key ?? "", panel.open));
  return [
    statusView(required("#status", HTMLElement), desk),
    clockView(required("#clock", HTMLElement), desk, panel.open),
    aclsView(required("#acls", HTMLElement), desk).render,
    stripView(required("#strip", HTMLElement), desk, { acts: true }),
    milestonesView(required("#next", HTMLElement), required("#others", HTMLElement), desk, panel.open),
    rolesView(required("#roles", HTMLElement), desk, panel.open),
    feedView(required("#feed", HTMLElement), desk, panel.open, SHORT_FEED),
    promptView(required("#prompt", HTMLElement), desk, frame),
    undoView(required("#undo", HTMLElement), desk),
    panel.render,
  ];
}

const board = document.getElementById("board");
const views = board
  ? boardViews(board)
  : [wallView(required("#wall", HTMLElement), desk), stripView(required("[data-strip]", HTMLElement), desk)];
repaint = startBeat(now, (second) => {
  desk.reading = read(entries, boot.protocol, second);
  desk.standing = { ...desk.standing, heardAt: now() };
  paintEach(views, second);
});
(board ?? required("#wall", HTMLElement)).dataset.ready = "yes";
