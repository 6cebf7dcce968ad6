// @ts-check
/** How long to wait before the next try to connect: exponential, with jitter. */

const FIRST_MS = 300;
const LONGEST_MS = 10_000;
const AFTER_SUCCESS = 2;

export class Backoff {
  #failures = 0;

  /** @returns {number} milliseconds; half of it is chance, so that clients do not come back all at once */
  next() {
    const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures++;
    return full * (0.5 + Math.random() / 2);
  }

  /** Connected, perhaps not for long: failures of an outage that is over count for less. */
  soften() {
    this.#failures = Math.min(this.#failures, AFTER_SUCCESS);
  }

  reset() {
    this.#failures = 0;
  }
}
