// @ts-check
/** The buttons: tools, colours, widths, undo, redo, clear, zoom. */

import { find } from "./dom.js";

/** @import { Editor } from "./editor.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Eraser, Pen, Tool } from "./tools.js" */

export class Toolbar {
  /** @type {Tool} */
  chosen;
  #pen;
  #eraser;
  #editor;
  #undo = find("#undo", HTMLButtonElement);
  #redo = find("#redo", HTMLButtonElement);

  /** @param {Pen} pen @param {Eraser} eraser @param {Editor} editor */
  constructor(pen, eraser, editor) {
    this.#pen = pen;
    this.#eraser = eraser;
    this.#editor = editor;
    this.chosen = pen;
    this.#undo.addEventListener("click", () => editor.undo());
    this.#redo.addEventListener("click", () => editor.redo());
    this.#offer("tool", (tool) => this.choose(tool));
    this.#offer("color", (color) => {
      pen.color = color;
      this.choose("pen");
    });
    this.#offer("width", (width) => {
      pen.width = Number(width);
      this.choose("pen");
    });
    for (const swatch of options("color")) swatch.style.setProperty("--ink", swatch.dataset.color ?? "");
    for (const nib of options("width")) nib.style.setProperty("--nib", `${nib.dataset.width}px`);
    this.#askBeforeClear();
    this.refresh();
  }

  /** @param {string} tool "pen" or "eraser" */
  choose(tool) {
    this.chosen = tool === "eraser" ? this.#eraser : this.#pen;
    this.refresh();
  }

  /** Shows what is chosen and what can be undone. */
  refresh() {
    press("tool", this.chosen === this.#eraser ? "eraser" : "pen");
    press("color", this.#pen.color);
    press("width", String(this.#pen.width));
    this.#undo.disabled = !this.#editor.history.canUndo;
    this.#redo.disabled = !this.#editor.history.canRedo;
    document.documentElement.dataset.chosen = this.chosen === this.#eraser ? "eraser" : "pen";
  }

  /** @param {Stage} stage */
  zooms(stage) {
    find("#zoom-in", HTMLButtonElement).addEventListener("click", () => stage.zoom(1.25));
    find("#zoom-out", HTMLButtonElement).addEventListener("click", () => stage.zoom(0.8));
    find("#zoom-fit", HTMLButtonElement).addEventListener("click", () => stage.fit());
  }

  /** @param {string} kind @param {(value: string) => void} take */
  #offer(kind, take) {
    for (const option of options(kind)) option.addEventListener("click", () => take(option.dataset[kind] ?? ""));
  }

  #askBeforeClear() {
    const dialog = find("#clear-dialog", HTMLDialogElement);
    find("#clear", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
    find("#clear-no", HTMLButtonElement).addEventListener("click", () => dialog.close());
    find("#clear-yes", HTMLButtonElement).addEventListener("click", () => {
      dialog.close();
      this.#editor.clear();
    });
  }
}

/** @param {string} kind @returns {HTMLElement[]} */
function options(kind) {
  return [...document.querySelectorAll(`button[data-${kind}]`)].filter((each) => each instanceof HTMLElement);
}

/** @param {string} kind @param {string} value */
function press(kind, value) {
  for (const option of options(kind)) option.setAttribute("aria-pressed", String(option.dataset[kind] === value));
}
