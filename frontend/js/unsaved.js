// @ts-check
/**
 * Keeps ops that the server has not acknowledged across a reload or a closed tab. Sending them again,
 * even from two tabs, is always safe (S5), so each tab keeps its own and takes over what others left.
 */

import { isOp } from "./messages.js";

/** @import { Op } from "./types.js" */

export class Unsaved {
  #prefix;
  #key;
  #kept = false;

  /** @param {string} roomId */
  constructor(roomId) {
    this.#prefix = `whiteboard.unsaved.${roomId}.`;
    this.#key = this.#prefix + Math.random().toString(36).slice(2);
  }

  /** @returns {Op[]} what earlier pages left, no longer kept but by the caller */
  takeOver() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix));
      const ops = keys.flatMap((key) => readOps(localStorage.getItem(key)));
      for (const key of keys) localStorage.removeItem(key);
      return ops;
    } catch {
      return [];
    }
  }

  /** @param {Op[]} ops @returns {boolean} whether they are kept */
  keep(ops) {
    if (!ops.length) return this.#drop();
    try {
      localStorage.setItem(this.#key, JSON.stringify(ops));
      this.#kept = true;
      return true;
    } catch {
      return false;
    }
  }

  /** Everything reached the server: nothing to keep. */
  settled() {
    this.#drop();
  }

  /** @returns {true} */
  #drop() {
    // Storage is slow and this is called after every acknowledgement: only if there is something.
    if (this.#kept) localStorage.removeItem(this.#key);
    this.#kept = false;
    return true;
  }
}

/** @param {string | null} text @returns {Op[]} */
function readOps(text) {
  try {
    const ops = JSON.parse(text ?? "[]");
    return Array.isArray(ops) ? ops.filter(isOp) : [];
  } catch {
    return [];
  }
}
