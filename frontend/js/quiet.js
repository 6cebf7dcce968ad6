// @ts-check
/** Notices a connection that has fallen silent (C3). */

const QUIET_MS = 20_000;
const ANSWER_MS = 10_000;

export class QuietWatch {
  #ask;
  #giveUp;
  #last = 0;
  /** @type {number | undefined} */
  #timer;
  /** @type {number | undefined} */
  #deadline;

  /**
   * @param {() => void} ask sends a ping
   * @param {() => void} giveUp called when nothing came in time
   */
  constructor(ask, giveUp) {
    this.#ask = ask;
    this.#giveUp = giveUp;
  }

  /** Something came in: the connection lives. */
  heard() {
    this.#last = performance.now();
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#timer ??= setTimeout(() => this.#look(), QUIET_MS);
  }

  /** @param {number} ms by when something must have come in */
  expect(ms) {
    this.#deadline ??= setTimeout(() => this.#giveUp(), ms);
  }

  /** Asks now rather than after the quiet time. @param {number} ms how long to wait for an answer */
  probe(ms) {
    this.#ask();
    this.expect(ms);
  }

  stop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#deadline);
    this.#timer = this.#deadline = undefined;
  }

  #look() {
    const quiet = performance.now() - this.#last;
    // Half a second of grace: timers are coarse, and a second look right after would be waste.
    const due = quiet >= QUIET_MS - 500;
    if (due) this.probe(ANSWER_MS);
    this.#timer = setTimeout(() => this.#look(), due ? QUIET_MS : QUIET_MS - quiet);
  }
}
