// The panels that open by a tap, as a file of their own: it comes after the board can be used (docs/adr/0009).

export { knowOffsets } from "./lib/zone.js";
export { detailsFrom } from "./sync/details.js";
export { addPanel } from "./ui/add_view.js";
export { checklistPanel } from "./ui/checklist_view.js";
export { clocksPanel } from "./ui/clocks_view.js";
export { correctionPanel } from "./ui/correction_view.js";
export { criteriaPanel } from "./ui/criteria_view.js";
export { handoverPanel } from "./ui/handover_view.js";
export { endPanel, historyPanel, invitePanel, morePanel } from "./ui/more_view.js";
export { soundOf } from "./ui/sound.js";
export { teamPanel } from "./ui/team_view.js";
