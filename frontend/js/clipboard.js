// @ts-check
/** Copies, cuts and pastes what is selected, also from one board to another; other programs get it as SVG. */

import { boundsOf, toSvg } from "./svg.js";
import { isCanonicalPath } from "./wire.js";

/** @import { Selection } from "./selection.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Ink } from "./types.js" */

const KIND = "application/x-whiteboard+json";
/** How far each paste lies from the one before, in window pixels. */
const ASIDE = 16;
const COLOR = /^#[0-9a-f]{6}([0-9a-f]{2})?$/;

export class Clipboard {
  #selection;
  #stage;
  #say;
  /** What was pasted last, and how often in a row. */
  #last = { text: "", times: 0 };

  /** @param {Selection} selection @param {Stage} stage @param {(done: "copied" | "cut" | "pasted", count: number) => void} say */
  constructor(selection, stage, say) {
    this.#selection = selection;
    this.#stage = stage;
    this.#say = say;
    addEventListener("copy", (event) => this.#copy(event, false));
    addEventListener("cut", (event) => this.#copy(event, true));
    addEventListener("paste", (event) => this.#paste(event));
  }

  /** @param {ClipboardEvent} event @param {boolean} cut */
  #copy(event, cut) {
    const inks = this.#selection.shapes().map(({ path: { d, color, width } }) => ({ d, color, width }));
    if (isText(event) || !inks.length || !event.clipboardData) return;
    event.preventDefault();
    const text = JSON.stringify(inks);
    event.clipboardData.setData(KIND, text);
    event.clipboardData.setData("text/plain", toSvg(inks));
    this.#last = { text, times: cut ? -1 : 0 };
    if (cut) this.#selection.delete();
    this.#say(cut ? "cut" : "copied", inks.length);
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    const text = event.clipboardData?.getData(KIND);
    if (isText(event) || !text) return;
    event.preventDefault();
    const inks = readInks(text);
    this.#last = { text, times: this.#last.text === text ? this.#last.times + 1 : 1 };
    const [dx, dy] = this.#offset(inks);
    this.#selection.insert(inks, dx, dy);
    this.#say("pasted", inks.length);
  }

  /** @param {Ink[]} inks @returns {[number, number]} a little aside, or into the window if they are far from it */
  #offset(inks) {
    const bounds = boundsOf(inks);
    if (!bounds) return [0, 0];
    const { camera, size, middle } = this.#stage;
    const aside = (ASIDE * this.#last.times) / camera.zoom;
    const window = camera.visible(size.width, size.height);
    const [x, y] = [(bounds.left + bounds.right) / 2, (bounds.top + bounds.bottom) / 2];
    if (x > window.left && x < window.right && y > window.top && y < window.bottom) return [aside, aside];
    const [toX, toY] = camera.toBoard(...middle);
    return [toX - x, toY - y];
  }
}

/** @param {Event} event @returns {boolean} whether it is of a field, which has a clipboard of its own */
function isText({ target }) {
  return target instanceof Element && target.closest("input, textarea, dialog[open]") !== null;
}

/** Another page may have put anything there. @param {string} text @returns {Ink[]} */
function readInks(text) {
  try {
    const list = JSON.parse(text);
    return Array.isArray(list) ? list.filter(isInk) : [];
  } catch {
    return [];
  }
}

/** @param {any} value @returns {value is Ink} */
function isInk(value) {
  if (typeof value?.d !== "string" || typeof value.color !== "string" || typeof value.width !== "number") return false;
  const width = value.width >= 0.01 && value.width <= 1000 && Number(value.width.toFixed(3)) === value.width;
  const alpha = value.color.slice(7);
  return width && COLOR.test(value.color) && alpha !== "00" && alpha !== "ff" && isCanonicalPath(value.d);
}
