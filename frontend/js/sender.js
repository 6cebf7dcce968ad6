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
/** Bytes of ops in one tick: whoever changes thousands of paths at once leaves everybody time to draw them. */
const SHARE = 1024 * 1024;

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
  /** What is to be told in its place. @type {PenStroke | null} */
  #other = null;
  /** A straight piece that is still being stretched, told beside the stroke that it will belong to; and as it was told. @type {{now: PenStroke | null, told: PenStroke | null}} */
  #loose = { now: null, told: null };
  /** The server may have made a path of the stroke when the last connection broke (P4). */
  #mayBeKept = false;
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

  /** A new connection knows nothing of what was sent on the last. @returns {string | undefined} the id of what is to be deleted, if the server may have kept it */
  restart() {
    const stray = this.#loose.told?.id;
    this.#loose = { now: null, told: null };
    this.#outbox.restart();
    if (this.#stroke?.told) this.#mayBeKept = true;
    if (this.#mayBeKept) this.#other = null;
    this.#stroke?.restart();
    this.#ends = [];
    this.#cursorMoved = this.#cursor !== null;
    this.schedule();
    return stray;
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

  /**
   * Points that were told only grow (V3): a stroke that changes otherwise is told as another one.
   * @param {PenStroke} stroke complete, in place of the one before
   */
  replace(stroke) {
    // Its id must stay: the path that the server may have made of it is to be replaced too.
    if (this.#mayBeKept) return;
    this.#other = stroke;
    this.schedule();
  }

  /** What was told of a stroke only grows (V3): so this is told as another one. @param {PenStroke | null} piece in place of the one before; null: there is none any more */
  stretch(piece) {
    this.#loose.now = piece;
    this.schedule();
  }

  /** The stroke became a path: its `put` ends it. @returns {string | undefined} the id under which others know of it */
  settle() {
    const { id, told } = this.#stroke ?? { id: "", told: false };
    this.#drop();
    return told ? id : undefined;
  }

  /** The stroke came to nothing. @returns {string | undefined} the id of what is to be deleted, if the server may have kept it */
  abandon() {
    const kept = this.#mayBeKept;
    const { id, told } = this.#stroke ?? { id: "", told: false };
    if (told) this.#ends.push({ id, end: true });
    this.#drop();
    this.schedule();
    return kept ? id : undefined;
  }

  #drop() {
    this.#stroke = this.#other = this.#loose.now = null;
    this.#mayBeKept = false;
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
    const batches = this.#outbox.take(this.maxFrame, SHARE);
    if (this.#outbox.waiting) this.schedule();
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
    if (this.#other) {
      if (this.#stroke?.told) this.#ends.push({ id: this.#stroke.id, end: true });
      this.#stroke = this.#other;
      this.#other = null;
    }
    const { now, told } = this.#loose;
    this.#loose.told = now;
    if (told && told !== now) this.#ends.push({ id: told.id, end: true });
    /** @type {(Stroke | StrokeEnd)[]} */
    const live = this.#ends;
    this.#ends = [];
    const loose = now?.piece(PIECE);
    if (loose) live.push(loose);
    const piece = this.#stroke?.piece(PIECE);
    if (piece) live.push(piece);
    if (piece?.points.length === PIECE) this.schedule();
    return live;
  }
}
