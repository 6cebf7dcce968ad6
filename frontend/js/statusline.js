// @ts-check
/** Says whether we are connected and whether everything is saved. */

import { find } from "./dom.js";
import { savedState, wordsForStatus } from "./words.js";

/** @import { Status } from "./client.js" */

/** A state must last this long before it is read aloud: while drawing it changes several times a second. */
const STEADY_MS = 1_500;
const NOTICE_MS = 8_000;

export class StatusLine {
  #line = find("#status");
  #aloud = find("#status-aloud");
  #notice = find("#notice");
  /** @type {number | undefined} */
  #steady;
  /** @type {number | undefined} */
  #gone;

  /** @param {Status & {kept: boolean}} status kept: what waits outlasts this page */
  show(status) {
    const words = wordsForStatus(status);
    const { dataset } = document.documentElement;
    dataset.connection = status.connection;
    dataset.saved = savedState(status);
    if (this.#line.textContent === words) return;
    this.#line.textContent = words;
    clearTimeout(this.#steady);
    this.#steady = setTimeout(() => this.#say(words), STEADY_MS);
  }

  /** @param {string} words shown for a while */
  notify(words) {
    this.#notice.textContent = words;
    this.#notice.hidden = false;
    clearTimeout(this.#gone);
    this.#gone = setTimeout(() => (this.#notice.hidden = true), NOTICE_MS);
  }

  /** @param {string} words */
  #say(words) {
    if (this.#aloud.textContent !== words) this.#aloud.textContent = words;
  }
}
