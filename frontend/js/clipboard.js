// @ts-check
/** Copies, cuts and pastes what is selected, also from one board to another; other programs get it as SVG. */

import { boundsOf, toSvg } from "./svg.js";

/** @import { Selection } from "./selection.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Ink } from "./types.js" */

const KIND = "application/x-whiteboard+json";
/** How far each paste lies from the one before, in window pixels. */
const ASIDE = 16;

export class Clipboard {
  #selection;
  #stage;
  #say;
  /** What was pasted last, and how often in a row. */
  #last = { text: "", times: 0 };

  /** @param {Selection} selection @param {Stage} stage @param {(done: "copied" | "cut" | "pasted", count: number) => void} say @param {(error: unknown) => void} failed told that what reads the clipboard could not be fetched */
  constructor(selection, stage, say, failed) {
    this.#selection = selection;
    this.#stage = stage;
    this.#say = say;
    addEventListener("copy", (event) => this.#copy(event, false));
    addEventListener("cut", (event) => this.#copy(event, true));
    addEventListener("paste", (event) => void this.#paste(event).catch(failed));
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
    // It will probably be pasted.
    void readingModule().catch(console.warn);
    if (cut) this.#selection.delete();
    this.#say(cut ? "cut" : "copied", inks.length);
  }

  /** @param {ClipboardEvent} event */
  async #paste(event) {
    const text = event.clipboardData?.getData(KIND);
    if (isText(event) || !text) return;
    event.preventDefault();
    const inks = (await readingModule()).readInks(text);
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

function readingModule() {
  return import("./pasting.js");
}
