// @ts-check
/** UUIDs of version 7 in canonical lower case (W6), ascending within one client. */

const COUNTERS = 0x1000;

/** Makes ids that sort by the time they were made, even several within a millisecond. */
export class IdSource {
  #now;
  #ms = 0;
  #counter = 0;
  #random = new Uint32Array(3);

  /** @param {() => number} now milliseconds since 1970, best in server time: everybody's ids then sort alike */
  constructor(now) {
    this.#now = now;
  }

  /** @returns {string} an id greater than all that this source made before */
  next() {
    this.#advance(Math.floor(this.#now()));
    const [high, middle, low] = crypto.getRandomValues(this.#random);
    const time = hex(this.#ms, 12);
    const tail = hex(0x8000 | (high & 0x3fff), 4);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(this.#counter, 3)}-${tail}-${hex(middle >>> 8, 6)}${hex(low >>> 8, 6)}`;
  }

  /** @param {number} ms */
  #advance(ms) {
    if (ms > this.#ms) {
      this.#ms = ms;
      this.#counter = 0;
    } else if (++this.#counter === COUNTERS) {
      this.#ms++;
      this.#counter = 0;
    }
  }
}

/** @param {number} value @param {number} digits @returns {string} */
function hex(value, digits) {
  return value.toString(16).padStart(digits, "0");
}
