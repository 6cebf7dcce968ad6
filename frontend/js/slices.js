// @ts-check
/** Does long work in slices, between which the page answers and draws. */

/** @typedef {{steps: Iterator<void>, done: () => void}} Work  steps: each far shorter than a slice */

/** A frame has room for as much. */
const SLICE_MS = 8;

export class Slices {
  /** @type {Work | null} */
  #work = null;
  #channel = new MessageChannel();

  constructor() {
    // A message comes at once, where a timer would wait; and also while nobody looks at the page.
    this.#channel.port1.onmessage = () => this.#go(SLICE_MS);
  }

  /** @returns {boolean} */
  get isBusy() {
    return this.#work !== null;
  }

  /** Short work is done when this returns. @param {Work} work */
  run(work) {
    this.finish();
    this.#work = work;
    this.#go(SLICE_MS);
  }

  /** Does the rest at once: something else is to be done that builds on it. */
  finish() {
    this.#go(Infinity);
  }

  /** @param {number} ms */
  #go(ms) {
    const work = this.#work;
    if (!work) return;
    // What fails is not gone on with.
    this.#work = null;
    const end = performance.now() + ms;
    while (!work.steps.next().done) {
      if (performance.now() < end) continue;
      this.#work = work;
      return this.#channel.port2.postMessage(null);
    }
    work.done();
  }
}
