// @ts-check
/** Tells how much is selected, and has buttons for what is done with it: fingers have no keys. */

import { find } from "./dom.js";
import { wordsForSelection } from "./words.js";

export class SelectionBar {
  #bar = find("#selected");
  #words = find("#selected-words");
  #board;
  #shown = 0;

  /** @param {HTMLElement} board gets the focus when the bar goes */
  constructor(board) {
    this.#board = board;
  }

  /** @param {number} count of selected paths that are still there */
  show(count) {
    if (count === this.#shown) return;
    this.#shown = count;
    if (!count && this.#bar.contains(document.activeElement)) this.#board.focus({ preventScroll: true });
    this.#bar.hidden = !count;
    this.#words.textContent = wordsForSelection(count);
  }
}
