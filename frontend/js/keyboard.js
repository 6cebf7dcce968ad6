// @ts-check
/** Keys that work everywhere on the board. */

/** @import { Editor } from "./editor.js" */
/** @import { PointerInput } from "./pointer.js" */
/** @import { Toolbar } from "./toolbar.js" */

/**
 * @param {HTMLElement} board
 * @param {Editor} editor
 * @param {Toolbar} toolbar
 * @param {PointerInput} pointer
 */
export function listenToKeys(board, editor, toolbar, pointer) {
  addEventListener("keydown", (event) => {
    if (isTyping(event.target)) return;
    if (event.key === " ") return holdSpace(event, pointer);
    const act = event.ctrlKey || event.metaKey ? commandOf(event, editor) : choiceOf(event, toolbar);
    if (!act) return;
    event.preventDefault();
    act();
  });
  addEventListener("keyup", (event) => {
    if (event.key !== " " || !pointer.hand) return;
    // A button that has the focus would take the released space for a click.
    event.preventDefault();
    pointer.holdHand(false);
  });
  addEventListener("blur", () => pointer.holdHand(false));
  addEventListener("click", (event) => returnFocus(event, board));
}

/**
 * A button pressed by the pointer would keep the focus, and take the next space for itself.
 * @param {MouseEvent} event
 * @param {HTMLElement} board
 */
function returnFocus(event, board) {
  const byKeyboard = event.detail === 0;
  const button = event.target instanceof Element ? event.target.closest(".bar button, #copy-link, summary") : null;
  if (button && !byKeyboard && !document.querySelector("dialog[open]")) board.focus({ preventScroll: true });
}

/** @param {KeyboardEvent} event @param {PointerInput} pointer */
function holdSpace(event, pointer) {
  // Who goes through the buttons by keyboard wants space to press them.
  if (document.activeElement?.matches("button:focus-visible, summary:focus-visible")) return;
  event.preventDefault();
  pointer.holdHand(true);
}

/** @param {KeyboardEvent} event @param {Editor} editor @returns {(() => void) | null} */
function commandOf(event, editor) {
  const key = event.key.toLowerCase();
  if (event.altKey) return null;
  if (key === "z") return event.shiftKey ? () => editor.redo() : () => editor.undo();
  return key === "y" ? () => editor.redo() : null;
}

/** @param {KeyboardEvent} event @param {Toolbar} toolbar @returns {(() => void) | null} */
function choiceOf(event, toolbar) {
  if (event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === "p") return () => toolbar.choose("pen");
  return key === "e" ? () => toolbar.choose("eraser") : null;
}

/** @param {EventTarget | null} target @returns {boolean} */
function isTyping(target) {
  return target instanceof HTMLElement && target.closest("input, textarea, dialog[open]") !== null;
}
