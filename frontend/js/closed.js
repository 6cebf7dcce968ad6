// @ts-check
/** Stands in place of the name form where nothing that is typed there would help: what happened, and what to do. */

import { find } from "./dom.js";
import { showWords } from "./lettering.js";

/** @import { Reason } from "./words.js" */

export class Closed {
  #title = find("#door-title");
  #words = find("#door-words");
  #form = find("#name-form", HTMLFormElement);
  #choice = find("#door-choice");
  #again = find("#again", HTMLButtonElement);
  #back = find("#back", HTMLButtonElement);
  #isShown = false;

  constructor() {
    this.#back.addEventListener("click", () => {
      this.hide();
      find("#name", HTMLInputElement).focus();
    });
  }

  /**
   * @param {Reason} reason
   * @param {(() => void) | null} again what to try once more; null: that is of no use
   * @param {string} [wordsOnButton] if they are others than to try again
   */
  show({ title, words }, again, wordsOnButton) {
    this.#isShown = true;
    this.#form.hidden = true;
    this.#title.textContent = title;
    this.#words.textContent = words;
    this.#words.setAttribute("role", "alert");
    this.#choice.hidden = this.#again.hidden = !again;
    this.#back.hidden = !again || Boolean(wordsOnButton);
    showWords(this.#again);
    if (wordsOnButton) this.#again.textContent = wordsOnButton;
    this.#again.onclick = again;
    if (again) this.#again.focus();
  }

  /** The form is back, as it was. */
  hide() {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#words.removeAttribute("role");
    for (const part of [this.#title, this.#words]) showWords(part);
    this.#choice.hidden = true;
    this.#form.hidden = false;
  }
}
