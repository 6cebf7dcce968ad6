// @ts-check
/** Decides when something leaves: ops, live pieces and the cursor, together and at most once a tick. */

/** @import { Batch, Stroke, StrokeEnd } from "./types.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { PenStroke } from "./pen.js" */
/** @import { Connection } from "./connection.js" */

/** Numbers of a live stroke in one frame: keeps the frame small when a long stroke is told anew. */
const PIECE = 2_000;
/** Above this the way to the server is slow; sending more would only make what is shown there older. */
const BACKLOG = 256 * 1024;

export class Sender {
  tickMs = 100;
  /** Bytes; what the welcome says replaces it. */
  maxFrame = 64 * 1024;
  #connection;
  #outbox;
  /** @type {number | undefined} */
  #timer;
  #lastFlush = -Infinity;
  /** @type {PenStroke | null} */
  #stroke = null;
  /** @type {StrokeEnd[]} */
  #ends = [];
  /** @type {[number, number] | null} */
  #cursor = null;
  #cursorMoved = false;

  /** @param {Connection} connection @param {Outbox} outbox */
  constructor(connection, outbox) {
    this.#connection = connection;
    this.#outbox = outbox;
  }

  /** A new connection knows nothing of what was sent on the last. */
  restart() {
    this.#outbox.restart();
    this.#stroke?.restart();
    this.#ends = [];
    this.#cursorMoved = this.#cursor !== null;
    this.schedule();
  }

  /** @param {[number, number] | null} place in board units; null: the pointer left the canvas */
  moveCursor(place) {
    if (place === null && this.#cursor === null) return;
    this.#cursor = place;
    this.#cursorMoved = true;
    this.schedule();
  }

  /** @param {PenStroke} stroke begun or extended */
  follow(stroke) {
    this.#stroke = stroke;
    this.schedule();
  }

  /** The stroke became a path: its `put` ends it. */
  settle() {
    this.#stroke = null;
  }

  /** The stroke came to nothing. */
  abandon() {
    if (this.#stroke?.told) this.#ends.push({ id: this.#stroke.id, end: true });
    this.#stroke = null;
    this.schedule();
  }

  /** Sends soon: at once if a tick has passed since the last time. */
  schedule() {
    const wait = this.#lastFlush + this.tickMs - performance.now();
    this.#timer ??= setTimeout(() => this.#flush(), Math.max(0, wait));
  }

  #flush() {
    this.#timer = undefined;
    if (this.#connection.state !== "online") return;
    this.#lastFlush = performance.now();
    if (this.#connection.backlog > BACKLOG) return this.schedule();
    for (const batch of this.#batches()) this.#connection.send(batch);
  }

  /** @returns {Batch[]} */
  #batches() {
    const batches = this.#outbox.take(this.maxFrame);
    const presence = this.#presence();
    if (!presence) return batches;
    return [...batches, presence];
  }

  /** @returns {Batch | null} what is ephemeral, if there is news of it */
  #presence() {
    const live = this.#live();
    if (!live.length && !this.#cursorMoved) return null;
    /** @type {Batch} */
    const batch = { t: "batch" };
    if (live.length) batch.live = live;
    if (this.#cursorMoved) batch.cursor = this.#cursor;
    this.#cursorMoved = false;
    return batch;
  }

  /** @returns {(Stroke | StrokeEnd)[]} */
  #live() {
    /** @type {(Stroke | StrokeEnd)[]} */
    const live = this.#ends;
    this.#ends = [];
    const piece = this.#stroke?.piece(PIECE);
    if (piece) live.push(piece);
    if (piece?.points.length === PIECE) this.schedule();
    return live;
  }
}
