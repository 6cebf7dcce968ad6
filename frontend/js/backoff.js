// @ts-check
/** How long to wait before the next try to connect: exponential, with jitter. */

const FIRST_MS = 300;
const LONGEST_MS = 10_000;

export class Backoff {
  #failures = 0;

  /** @returns {number} milliseconds; half of it is chance, so that clients do not come back all at once */
  next() {
    const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures++;
    return full * (0.5 + Math.random() / 2);
  }

  reset() {
    this.#failures = 0;
  }
}
