// @ts-check
/** The buttons: tools, undo, redo, clear, zoom, help. */

import { find, findAll } from "./dom.js";
import { tellKey } from "./lettering.js";
import { wordsForZoom } from "./words.js";

/** @import { Actions } from "./actions.js" */
/** @import { Editor } from "./editor.js" */
/** @import { Tool } from "./tools.js" */

export class Toolbar {
  /** The name of the tool. */
  chosen = "pen";
  /** Told that another tool was chosen. @type {(tool: string) => void} */
  changed = () => {};
  #tools;
  #editor;
  #buttons = findAll("[data-tool], [data-act]");
  #undo = find("#undo", HTMLButtonElement);
  #redo = find("#redo", HTMLButtonElement);
  #zoom = find("#zoom-full", HTMLButtonElement);

  /** @param {Record<string, Tool | null>} tools by name; null is the hand @param {Editor} editor */
  constructor(tools, editor) {
    this.#tools = tools;
    this.#editor = editor;
    this.refresh();
  }

  /** @returns {Tool | null} */
  get tool() {
    return this.#tools[this.chosen];
  }

  /** @param {string} tool */
  choose(tool) {
    if (tool === this.chosen || !(tool in this.#tools)) return;
    this.chosen = tool;
    this.refresh();
    this.changed(tool);
  }

  /** Lets the buttons act, and tells their keys. @param {Actions} actions */
  bind(actions) {
    for (const button of this.#buttons) {
      const act = button.dataset.act ?? button.dataset.tool ?? "";
      button.addEventListener("click", () => actions[act]());
      tellKey(button, act);
    }
  }

  /** Shows what is chosen and what can be undone. */
  refresh() {
    for (const button of this.#buttons) {
      if (button.dataset.tool) button.setAttribute("aria-pressed", String(button.dataset.tool === this.chosen));
    }
    this.#undo.disabled = !this.#editor.history.canUndo;
    this.#redo.disabled = !this.#editor.history.canRedo;
    document.documentElement.dataset.chosen = this.chosen;
  }

  /** @param {number} zoom */
  showZoom(zoom) {
    const words = wordsForZoom(zoom);
    if (this.#zoom.textContent !== words) this.#zoom.textContent = words;
  }
}
