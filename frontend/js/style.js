// @ts-check
/** The ink that is drawn with next: its colour, how opaque it is, and its width. Remembered by this browser. */

import { recall, remember } from "./memory.js";

const PLACE = "whiteboard.ink";
export const WIDTHS = [1, 2, 4, 8, 16, 32];

export class Style {
  /** `#rrggbb` */
  base = "#1b1b1f";
  /** 1 to 255 */
  alpha = 255;
  width = 4;
  /** Told which of it was chosen. @type {(news: "color" | "width") => void} */
  changed = () => {};

  constructor() {
    const { base, alpha, width } = recall(PLACE) ?? {};
    if (/^#[0-9a-f]{6}$/.test(base)) this.base = base;
    if (alpha >= 1 && alpha <= 255) this.alpha = Math.round(alpha);
    if (width >= 0.01 && width <= 1000) this.width = Number(Number(width).toFixed(3));
  }

  /** @returns {string} as paths bear it (V1) */
  get color() {
    return this.alpha === 255 ? this.base : this.base + this.alpha.toString(16).padStart(2, "0");
  }

  /** @param {string} base `#rrggbb` */
  chooseBase(base) {
    this.base = base.toLowerCase();
    this.#tell("color");
  }

  /** @param {number} alpha 1 to 255 */
  chooseAlpha(alpha) {
    this.alpha = Math.max(1, Math.min(255, Math.round(alpha)));
    this.#tell("color");
  }

  /** @param {number} width in board units */
  chooseWidth(width) {
    this.width = width;
    this.#tell("width");
  }

  /** @param {1 | -1} step broader or narrower */
  stepWidth(step) {
    const next = step > 0 ? WIDTHS.find((width) => width > this.width) : WIDTHS.findLast((width) => width < this.width);
    if (next) this.chooseWidth(next);
  }

  /** @param {"color" | "width"} news */
  #tell(news) {
    remember(PLACE, { base: this.base, alpha: this.alpha, width: this.width });
    this.changed(news);
  }
}
