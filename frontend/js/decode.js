// @ts-check
/** Turns WebSocket frames into text, in the order in which they came (C5). */

export const CAN_GUNZIP = typeof DecompressionStream === "function";

/**
 * Unzipping takes turns of the event loop, so everything that must keep its place waits in one line.
 */
export class FrameLine {
  /** @type {Promise<void>} */
  #tail = Promise.resolve();

  /**
   * @param {string | ArrayBuffer} data a text frame, or a binary one: gzip of UTF-8
   * @param {(text: string) => unknown} take
   * @param {(error: unknown) => unknown} fail
   */
  push(data, take, fail) {
    // Unzipping begins at once; only the handing over waits for its turn.
    const text = typeof data === "string" ? data : gunzip(data);
    this.#tail = Promise.all([text, this.#tail]).then(([ready]) => void take(ready)).catch((error) => void fail(error));
  }

  /** @param {() => unknown} act to be done after all frames that were pushed before */
  after(act) {
    this.#tail = this.#tail.then(() => void act());
  }
}

/** @param {ArrayBuffer} bytes @returns {Promise<string>} */
function gunzip(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}
