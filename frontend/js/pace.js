// @ts-check
/**
 * How much may be drawn within one frame. Where a graphics card draws, canvases do so later than they are told to, and no
 * stopwatch around the calls tells what they cost: the time until the next frame does. Else a stopwatch tells it. Pure.
 */

/** Of a frame that was late by half, and of one that was in time, in milliseconds since the one before. */
const [LATE, IN_TIME] = [25, 18];
const [LEAST, MOST] = [20_000, 4_000_000];

export class Pace {
  /** In units of cost, as a shape tells it. */
  #budget = 100_000;
  #left = 0;
  #begun = -Infinity;

  /** @param {number} now milliseconds, at the beginning of a frame @param {number} [longer] by how much frames may be longer, in milliseconds */
  begin(now, longer = 0) {
    const took = now - this.#begun - longer;
    // A frame that had work to spare says nothing.
    if (this.#left <= 0 && took > LATE) this.#budget *= Math.max(0.4, IN_TIME / took);
    if (this.#left <= 0 && took < IN_TIME) this.#budget *= 1.25;
    this.#budget = Math.max(LEAST, Math.min(MOST, this.#budget));
    this.#left = this.#budget;
    this.#begun = now;
  }

  /** @param {number} took what drawing took by the stopwatch @param {number} most what it should have taken at most, both in milliseconds */
  end(took, most) {
    if (took > most) this.#budget *= Math.max(0.4, most / took);
  }

  /** @returns {boolean} whether there is time for more in this frame */
  get hasTime() {
    return this.#left > 0;
  }

  /** @param {number} cost */
  spend(cost) {
    this.#left -= cost;
  }
}
