// @ts-check
/** The controls of what one sees of the others: whom one follows, and whether their cursors show. */

import { find } from "./dom.js";
import { areCursorsHidden, rememberCursors } from "./memory.js";
import { wordsForFollow } from "./words.js";

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
  find("#following-words", HTMLElement).textContent = wordsForFollow(name ?? "", false);
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
