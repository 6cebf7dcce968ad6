// @ts-check
/** What the server confirmed, what is shown, and how far the sequence of ticks was read (S1–S6). Pure. */

import { Board } from "./merge.js";
import { Outbox } from "./outbox.js";

/** @import { Op, Path, Snapshot, Tick, Welcome } from "./types.js" */

/** @typedef {"ok" | "gap" | "diverged"} TickResult */

export class Replica {
  /** Snapshots and ticks alone. */
  confirmed = new Board();
  /** The confirmed state with one's own unacknowledged ops merged over it: what is displayed. */
  view = new Board();
  outbox = new Outbox();
  /** The epoch of the confirmed state, empty before the first snapshot. */
  epoch = "";
  seq = 0;
  #awaitsSnapshot = true;
  /** @type {Path[]} */
  #parts = [];
  /** @type {Set<string>} */
  #changed = new Set();
  #allChanged = true;

  /** @returns {{epoch: string, seq: number} | undefined} what to ask the server to go on from */
  since() {
    return this.epoch ? { epoch: this.epoch, seq: this.seq } : undefined;
  }

  /** Distrusts the confirmed state: the next connection asks for all of it. It is still shown until then. */
  distrust() {
    this.epoch = "";
  }

  /** @param {Welcome} welcome */
  welcome(welcome) {
    this.#parts = [];
    this.#awaitsSnapshot = welcome.sync === "full";
  }

  /** @param {Snapshot} snapshot */
  snapshot(snapshot) {
    for (const path of snapshot.paths) this.#parts.push(path);
    if (snapshot.more) return;
    this.confirmed = Board.of(this.#parts, snapshot.cleared);
    this.#parts = [];
    this.#awaitsSnapshot = false;
    this.epoch = snapshot.epoch;
    this.seq = snapshot.seq;
    this.#rebuild();
  }

  /**
   * @param {Tick} tick
   * @returns {TickResult} gap: a tick was missed, nothing was applied; diverged: the check failed (S6)
   */
  tick(tick) {
    if (!tick.ops || tick.seq === undefined || tick.from === undefined) return "ok";
    if (this.#awaitsSnapshot || tick.from > this.seq + 1) return "gap";
    // Seen already. Not merged again: without its tombstone a deleted path would come back.
    if (tick.seq <= this.seq) return "ok";
    for (const op of tick.ops) this.#confirm(op);
    this.seq = tick.seq;
    return this.#agrees(tick) ? "ok" : "diverged";
  }

  /** @param {Op} op one's own, new @param {number} [tries] how often it got a new stamp already */
  edit(op, tries = 0) {
    this.outbox.add(op, tries);
    if (this.view.merge(op)) this.#touch(op);
  }

  /** @param {number} n a batch of this connection @returns {number} how many ops that settled */
  acknowledge(n) {
    const settled = this.outbox.acknowledge(n);
    // An op that lost to something never shown here (a tombstone before our snapshot) must leave the view.
    if (settled.some((op) => this.confirmed.wins(op))) this.#rebuild();
    return settled.length;
  }

  /** After an op was taken out of the outbox: it counts no longer. */
  retract() {
    this.#rebuild();
  }

  /** @returns {{all: boolean, ids: Set<string>}} what changed in the view since the last call */
  takeChanges() {
    const changes = { all: this.#allChanged, ids: this.#changed };
    this.#allChanged = false;
    this.#changed = new Set();
    return changes;
  }

  /** @param {Op} op */
  #confirm(op) {
    this.confirmed.merge(op);
    if (this.view.merge(op)) this.#touch(op);
  }

  /** @param {Tick} tick @returns {boolean} */
  #agrees({ check }) {
    return !check || (check.count === this.confirmed.count && check.sum === this.confirmed.sum);
  }

  /** @param {Op} op */
  #touch(op) {
    if (op.op === "clear") this.#allChanged = true;
    else this.#changed.add(op.id);
  }

  #rebuild() {
    this.view = this.confirmed.copy();
    for (const op of this.outbox.ops()) this.view.merge(op);
    this.#allChanged = true;
  }
}
