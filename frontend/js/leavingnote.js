// @ts-check
/** What a page that is about to end writes down at once, for the database may take longer than the page lasts. */

import { isOp } from "./messages.js";

/** @import { Op } from "./types.js" */

export class LeavingNote {
  #prefix;
  #key;
  /** Notes of other pages as they were found, left alone until what they say has arrived. @type {Map<string, string>} */
  #found = new Map();
  #written = false;

  /** @param {string} roomId */
  constructor(roomId) {
    this.#prefix = `whiteboard.unsaved.${roomId}.`;
    this.#key = this.#prefix + Math.random().toString(36).slice(2);
  }

  /** @returns {Op[]} what the notes of earlier pages say */
  read() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix));
      this.#found = new Map(keys.map((key) => [key, localStorage.getItem(key) ?? ""]));
      return [...this.#found.values()].flatMap(readOps);
    } catch {
      return [];
    }
  }

  /** @param {Op[]} ops @returns {boolean} whether they are written */
  write(ops) {
    if (!ops.length && !this.#written) return true;
    try {
      if (ops.length) localStorage.setItem(this.#key, JSON.stringify(ops));
      else localStorage.removeItem(this.#key);
      this.#written = ops.length > 0;
      return true;
    } catch {
      return false;
    }
  }

  /** Nothing is missing any more. Another page may have written something new meanwhile: that stays. */
  settle() {
    this.write([]);
    for (const [key, text] of this.#found) if (localStorage.getItem(key) === text) localStorage.removeItem(key);
    this.#found.clear();
  }
}

/** @param {string} text @returns {Op[]} */
function readOps(text) {
  try {
    const ops = JSON.parse(text || "[]");
    return Array.isArray(ops) ? ops.filter(isOp) : [];
  } catch {
    return [];
  }
}
