// @ts-check
/** What can be asked for by key or button, by name. */

/** @import { Editor } from "./editor.js" */
/** @import { InkPanel } from "./inkpanel.js" */
/** @import { PointerInput } from "./pointer.js" */
/** @import { Selection } from "./selection.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Toolbar } from "./toolbar.js" */

/** @typedef {Record<string, () => void>} Actions */

export const ZOOM_STEP = 1.25;

/**
 * @typedef {object} Parts
 * @property {Editor} editor
 * @property {Selection} selection
 * @property {Stage} stage
 * @property {Toolbar} toolbar
 * @property {InkPanel} ink
 * @property {PointerInput} pointer
 * @property {() => void} help
 * @property {() => void} clear
 */

/** @param {Parts} parts @returns {Actions} */
export function makeActions({ editor, selection, stage, toolbar, ink, pointer, help, clear }) {
  const tools = ["select", "hand", "pen", "line", "rectangle", "ellipse", "eraser"];
  return {
    ...Object.fromEntries(tools.map((tool) => [tool, () => toolbar.choose(tool)])),
    ...Object.fromEntries(ink.colors.map((color, i) => [`color-${i}`, () => ink.style.chooseBase(color)])),
    narrower: () => ink.style.stepWidth(-1),
    broader: () => ink.style.stepWidth(1),
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    all: () => {
      toolbar.choose("select");
      selection.all();
    },
    duplicate: () => selection.duplicate(),
    delete: () => selection.delete(),
    escape: () => {
      if (pointer.isBusy) pointer.cancel();
      else if (ink.isOpen) ink.fold();
      else selection.clear();
    },
    "zoom-in": () => stage.zoom(ZOOM_STEP),
    "zoom-out": () => stage.zoom(1 / ZOOM_STEP),
    "zoom-full": () => stage.zoomToFull(),
    fit: () => stage.fit(),
    help,
    clear,
  };
}
