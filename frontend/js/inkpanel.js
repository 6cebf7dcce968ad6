// @ts-check
/** The panel of colours, opacity and widths. Where there is little room it folds behind a button. */

import { find, findAll } from "./dom.js";
import { tellKey } from "./lettering.js";
import { onDarkPaper } from "./shade.js";
import { wordsForPercent } from "./words.js";

/** @import { Style } from "./style.js" */

export class InkPanel {
  style;
  #swatches = findAll("[data-color]");
  /** What is offered, in the order of the page; the first ten have keys. */
  colors = this.#swatches.map(({ dataset }) => dataset.color ?? "");
  #panel = find("#ink");
  #button = find("#ink-button", HTMLButtonElement);
  #any = find("#any-color", HTMLInputElement);
  #alpha = find("#alpha", HTMLInputElement);
  #alphaShown = find("#alpha-shown");
  #dark = matchMedia("(prefers-color-scheme: dark)");

  /** @param {Style} style */
  constructor(style) {
    this.style = style;
    this.colors.forEach((color, i) => {
      const swatch = this.#swatches[i];
      swatch.addEventListener("click", () => style.chooseBase(color));
      tellKey(swatch, `color-${i}`);
    });
    for (const nib of findAll("[data-width]")) {
      nib.style.setProperty("--nib", `${Math.sqrt(Number(nib.dataset.width)) * 4}px`);
      nib.addEventListener("click", () => style.chooseWidth(Number(nib.dataset.width)));
    }
    this.#any.addEventListener("change", () => style.chooseBase(this.#any.value));
    this.#alpha.addEventListener("input", () => this.#showAlpha());
    this.#alpha.addEventListener("change", () => style.chooseAlpha((Number(this.#alpha.value) * 255) / 100));
    this.#button.addEventListener("click", () => this.#open(!this.isOpen));
    this.#dark.addEventListener("change", () => this.refresh());
    addEventListener("pointerdown", (event) => this.#pressedOutside(event));
    this.refresh();
  }

  /** @returns {boolean} whether it was unfolded */
  get isOpen() {
    return this.#button.getAttribute("aria-expanded") === "true";
  }

  fold() {
    const within = this.#panel.contains(document.activeElement);
    this.#open(false);
    if (within) this.#button.focus();
  }

  /** Shows what is chosen. */
  refresh() {
    const { base, width, alpha, color } = this.style;
    this.#swatches.forEach((swatch, i) => {
      swatch.style.setProperty("--ink", this.#shown(this.colors[i]));
      swatch.setAttribute("aria-pressed", String(this.colors[i] === base));
    });
    for (const nib of findAll("[data-width]")) nib.setAttribute("aria-pressed", String(Number(nib.dataset.width) === width));
    this.#any.value = base;
    this.#any.dataset.chosen = String(!this.colors.includes(base));
    this.#alpha.value = String(Math.round((alpha * 100) / 255));
    this.#showAlpha();
    this.#button.style.setProperty("--ink", this.#shown(color));
    this.#button.style.setProperty("--nib", `${Math.max(8, Math.sqrt(width) * 4)}px`);
  }

  #showAlpha() {
    this.#alphaShown.textContent = wordsForPercent(Number(this.#alpha.value));
  }

  /** @param {string} color @returns {string} as it looks on the paper */
  #shown(color) {
    return this.#dark.matches ? onDarkPaper(color) : color;
  }

  /** @param {boolean} open */
  #open(open) {
    this.#button.setAttribute("aria-expanded", String(open));
    this.#panel.dataset.open = String(open);
  }

  /** @param {PointerEvent} event */
  #pressedOutside({ target }) {
    const inside = target instanceof Node && (this.#panel.contains(target) || this.#button.contains(target));
    if (this.isOpen && !inside) this.#open(false);
  }
}
