// @ts-check
/** What one sees: whom one follows, whether the others' cursors show, and where nothing lies above the board. */

import { find } from "./dom.js";
import { areCursorsHidden, rememberCursors } from "./memory.js";
import { wordsForFollow } from "./words.js";

/** @import { Box } from "./box.js" */
/** @import { Follow } from "./follow.js" */
/** @import { People } from "./people.js" */
/** @import { Presence } from "./presence.js" */
/** @import { Stage } from "./stage.js" */

/** @param {Follow} follow @param {People} people @param {Presence} presence @param {() => void} request asks for a new picture */
export function showFollowed(follow, people, presence, request) {
  const banner = find("#following", HTMLButtonElement);
  const name = presence.users.get(follow.user);
  people.mark(follow.user);
  banner.hidden = !follow.user;
  find("#following-words").textContent = wordsForFollow(name ?? "", false);
  banner.onclick = () => follow.choose(0);
  request();
}

/** @param {Stage} stage */
export function makeCursorSwitch(stage) {
  const box = find("#show-cursors", HTMLInputElement);
  box.checked = !areCursorsHidden();
  stage.cursors.hidden = !box.checked;
  box.addEventListener("change", () => {
    stage.cursors.hidden = !box.checked;
    rememberCursors(!box.checked);
    stage.request();
  });
}

/** @returns {Box} the part of the window between the bars, in pixels */
export function freeArea() {
  const [top, dock, ink] = ["header", ".dock", "#ink"].map((part) => find(part).getBoundingClientRect());
  // Beside the board, or unfolded above the tools for a moment.
  const left = ink.right < innerWidth / 2 ? ink.right : 0;
  return { left, top: top.bottom, right: innerWidth, bottom: Math.max(dock.top, top.bottom + 1) };
}
