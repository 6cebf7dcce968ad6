// @ts-check
/** The SVG file that a new board is to begin with: chosen, or dropped anywhere on the page. */

import { find } from "./dom.js";
import { WORDS } from "./labels.js";
import { wordsForFile, wordsForProgress } from "./rarewords.js";

export class FileChoice {
  /** @type {File | null} */
  file = null;
  #input = find("#drawing", HTMLInputElement);
  #words = find("#drawing-words");
  #none = find("#drawing-none", HTMLButtonElement);
  #bar = find("#drawing-progress", HTMLProgressElement);

  constructor() {
    find("#drawing-choose", HTMLButtonElement).addEventListener("click", () => this.#input.click());
    this.#input.addEventListener("change", () => this.#input.files?.[0] && this.#take(this.#input.files[0]));
    this.#none.addEventListener("click", () => this.#take(null));
    addEventListener("dragover", (event) => this.#hover(event, true));
    addEventListener("dragleave", (event) => event.relatedTarget === null && this.#hover(event, false));
    addEventListener("drop", (event) => {
      this.#hover(event, false);
      const file = event.dataTransfer?.files[0];
      if (file) this.#take(file);
    });
  }

  /** @param {number | null} part of the file that was sent, 0 to 1; null: nothing is under way */
  progress(part) {
    this.#bar.hidden = part === null;
    if (part === null) return this.#tell();
    if (part < 1) this.#bar.value = part;
    // Sent; the server reads it, and does not say how far it is.
    else this.#bar.removeAttribute("value");
    this.#words.textContent = wordsForProgress(part);
  }

  /** @param {DragEvent} event @param {boolean} over */
  #hover(event, over) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.documentElement.dataset.drop = String(over);
  }

  /** @param {File | null} file */
  #take(file) {
    this.file = file;
    this.#input.value = "";
    this.#tell();
    if (file) find("#name", HTMLInputElement).focus();
  }

  #tell() {
    this.#none.hidden = !this.file;
    this.#words.textContent = this.file ? wordsForFile(this.file.name, this.file.size) : WORDS.noFile;
  }
}
