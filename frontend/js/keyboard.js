// @ts-check
/** Keys that work everywhere on the board. */

import { actOf } from "./shortcuts.js";

/** @import { Actions } from "./actions.js" */
/** @import { KeyPen } from "./keypen.js" */
/** @import { PointerInput } from "./pointer.js" */

/** What takes arrows, space and Enter for itself. */
const CONTROLS = "button, summary, a, input, select, [role=slider]";
/** Inputs into which nothing is typed. */
const NO_TEXT = "[type=range], [type=color], [type=checkbox], [type=radio]";

/**
 * @param {HTMLElement} board
 * @param {Actions} actions
 * @param {KeyPen} keyPen
 * @param {PointerInput} pointer
 */
export function listenToKeys(board, actions, keyPen, pointer) {
  let byTab = false;
  addEventListener("keydown", (event) => {
    byTab = event.key === "Tab";
    if (isTyping(event.target)) return;
    if (!isControl(event.target) && (keyPen.take(event) || holdsSpace(event, pointer))) return event.preventDefault();
    const act = actOf(event);
    if (!act || (event.repeat && !["undo", "redo"].includes(act) && !act.startsWith("zoom"))) return;
    event.preventDefault();
    actions[act]?.();
  });
  addEventListener("keyup", (event) => {
    if (event.key !== " " || !pointer.hand) return;
    // A button that has the focus would take the released space for a click.
    event.preventDefault();
    pointer.holdHand(false);
  });
  addEventListener("blur", () => pointer.holdHand(false));
  addEventListener("pointerdown", () => (byTab = false), { capture: true });
  addEventListener("click", (event) => returnFocus(event, board));
  // Who comes by keyboard sees where the keyboard draws: that is the board's mark of having the focus.
  board.addEventListener("focus", () => byTab && keyPen.show());
  board.addEventListener("blur", () => keyPen.hide());
}

/**
 * A button pressed by the pointer would keep the focus, and take the next space for itself.
 * @param {MouseEvent} event
 * @param {HTMLElement} board
 */
function returnFocus(event, board) {
  const byKeyboard = event.detail === 0;
  const button = event.target instanceof Element ? event.target.closest(".bar button, #ink button, #copy-link, summary") : null;
  if (button && !byKeyboard && !document.querySelector("dialog[open]")) board.focus({ preventScroll: true });
}

/** @param {KeyboardEvent} event @param {PointerInput} pointer @returns {boolean} */
function holdsSpace({ key, ctrlKey, metaKey, altKey }, pointer) {
  if (key !== " " || ctrlKey || metaKey || altKey) return false;
  pointer.holdHand(true);
  return true;
}

/** @param {EventTarget | null} target @returns {boolean} */
function isControl(target) {
  return target instanceof Element && target.closest(CONTROLS) !== null;
}

/** @param {EventTarget | null} target @returns {boolean} */
function isTyping(target) {
  return target instanceof Element && target.closest(`input:not(${NO_TEXT}), textarea, dialog[open]`) !== null;
}
