// @ts-check
/** Tells who came and who left, quietly: some at once, and in few words if they are many. */

import { wordsForComing } from "./words.js";

/** Whoever only reloads the page is gone and back within this. */
const WAIT_MS = 2_000;

export class Arrivals {
  #say;
  /** @type {string[] | null} names, as they were told last */
  #told = null;
  /** @type {string[]} */
  #now = [];
  /** @type {number | undefined} */
  #timer;

  /** @param {(words: string) => void} say */
  constructor(say) {
    this.#say = say;
  }

  /** @param {Iterable<string>} names of all who are here */
  show(names) {
    this.#now = [...names];
    this.#told ??= this.#now;
    this.#timer ??= setTimeout(() => this.#tell(), WAIT_MS);
  }

  #tell() {
    this.#timer = undefined;
    const words = wordsForComing(without(this.#now, this.#told ?? []), without(this.#told ?? [], this.#now));
    this.#told = this.#now;
    if (words) this.#say(words);
  }
}

/** @param {string[]} names @param {string[]} others @returns {string[]} one for each that has no counterpart there */
function without(names, others) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const name of others) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.filter((name) => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count - 1);
    return count <= 0;
  });
}
