// @ts-check
/** A hybrid logical clock in server time: where stamps come from (W5). */

const COUNTERS = 4096;
/** How far ahead of the server a stamp may be without being the reason for a refusal (W5 allows a minute). */
const TOLERATED_MS = 5_000;

/** Stamps are integers below 2^53, so JavaScript's numbers hold them exactly. */
export class Clock {
  #local;
  #offset = 0;
  #bestTrip = Infinity;
  #last = 0;

  /** @param {() => number} local this device's milliseconds since 1970, right or wrong */
  constructor(local = Date.now) {
    this.#local = local;
  }

  /** @returns {number} the server's time in milliseconds, as far as it is known */
  serverNow() {
    return this.#local() + this.#offset;
  }

  /** @returns {number} a stamp above all that were seen or made */
  next() {
    this.#last = Math.max(Math.floor(this.serverNow()) * COUNTERS, this.#last + 1);
    return this.#last;
  }

  /** @param {number} stamp one that somebody else made */
  saw(stamp) {
    this.#last = Math.max(this.#last, stamp);
  }

  /**
   * Takes a server time of unknown age, as `welcome` bears it. Later pings make it better.
   * @param {number} time
   */
  learn(time) {
    this.#offset = time - this.#local();
    this.#bestTrip = Infinity;
  }

  /**
   * Takes the answer to a ping; the quickest one errs least.
   * @param {number} time the server's
   * @param {number} sent this device's time when the ping left
   */
  learnFromPing(time, sent) {
    const now = this.#local();
    const trip = now - sent;
    if (trip < 0 || trip > this.#bestTrip) return;
    this.#bestTrip = trip;
    this.#offset = time - (sent + now) / 2;
  }

  /**
   * After the server refused a stamp: what we made too far ahead counts no longer, only what the room holds.
   * @param {number} time the server's
   * @param {number} newest the greatest stamp that the room is known to hold
   */
  correct(time, newest) {
    this.learn(time);
    // Stamps made since an earlier correction stay in order: only a clock that runs ahead is put back.
    if (this.#last > (time + TOLERATED_MS) * COUNTERS) this.#last = newest;
  }
}
