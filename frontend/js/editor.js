// @ts-check
/** What a person can do to the drawing: each act becomes stamped ops and a step that can be undone. */

import { moveOutline } from "./outline.js";

/** @import { RoomClient } from "./client.js" */
/** @import { Change, History, Wish } from "./history.js" */
/** @import { Ink, Path } from "./types.js" */

export class Editor {
  #client;
  #changed;
  history;

  /** @param {RoomClient} client @param {History} history @param {() => void} changed called when undo or redo became possible or impossible */
  constructor(client, history, changed) {
    this.#client = client;
    this.history = history;
    this.#changed = changed;
  }

  /** @param {{id: string} & Ink} path a finished stroke */
  draw({ id, d, color, width }) {
    this.#record(this.#apply([{ id, ink: { d, color, width } }]));
  }

  /** @param {Ink[]} inks @returns {string[]} the ids of the new paths, which lie above all others in this order */
  add(inks) {
    const wishes = inks.map((ink) => ({ id: this.#client.ids.next(), ink }));
    this.#record(this.#apply(wishes));
    return wishes.map(({ id }) => id);
  }

  /**
   * @param {Iterable<string>} ids
   * @param {(ink: Ink) => Ink} how
   * @param {string} [kind] steps of one kind in a row are undone at once
   */
  change(ids, how, kind) {
    const wishes = [...ids].flatMap((id) => {
      const path = this.#look(id);
      return path ? [{ id, ink: how(path) }] : [];
    });
    this.#record(this.#apply(wishes), kind);
  }

  /** @param {Iterable<string>} ids @param {number} dx @param {number} dy in board units @param {string} [kind] */
  move(ids, dx, dy, kind) {
    this.change(ids, ({ d, color, width }) => ({ d: moveOutline(d, dx, dy), color, width }), kind);
  }

  /** @param {Iterable<string>} ids */
  delete(ids) {
    this.#record(this.erase(ids));
  }

  /**
   * Deletes paths as part of a gesture that may go on.
   * @param {Iterable<string>} ids
   * @returns {Change[]} for `erased`
   */
  erase(ids) {
    return this.#apply([...ids].map((id) => ({ id, ink: null })));
  }

  /** @param {Change[]} changes all that one gesture erased */
  erased(changes) {
    this.#record(changes);
  }

  clear() {
    const changes = this.#client.replica.view.paths().map((path) => ({ id: path.id, before: inkOf(path), after: null }));
    if (!changes.length) return;
    this.#client.edit({ op: "clear", ts: this.#client.clock.next() });
    this.#record(changes);
  }

  /** @returns {boolean} whether there was something to undo */
  undo() {
    return this.#follow(this.history.undo((id) => this.#look(id)));
  }

  /** @returns {boolean} whether there was something to do again */
  redo() {
    return this.#follow(this.history.redo((id) => this.#look(id)));
  }

  /** @param {Wish[] | null} wishes @returns {boolean} */
  #follow(wishes) {
    this.#apply(wishes ?? []);
    this.#changed();
    return wishes !== null;
  }

  /** Every op bears a new stamp, above all that were seen (W5). @param {Wish[]} wishes @returns {Change[]} what that changed */
  #apply(wishes) {
    /** @type {Change[]} */
    const changes = [];
    for (const { id, ink } of wishes) {
      const before = this.#look(id);
      if (ink ? before && same(before, ink) : !before) continue;
      const ts = this.#client.clock.next();
      this.#client.edit(ink ? { op: "put", id, ts, ...inkOf(ink) } : { op: "del", id, ts });
      changes.push({ id, before: before ? inkOf(before) : null, after: ink ? inkOf(ink) : null });
    }
    return changes;
  }

  /** @param {Change[]} changes @param {string} [kind] */
  #record(changes, kind) {
    this.history.record(changes, kind);
    this.#changed();
  }

  /** @param {string} id @returns {Path | undefined} */
  #look(id) {
    return this.#client.replica.view.get(id);
  }
}

/** @param {Ink} path @returns {Ink} */
function inkOf({ d, color, width }) {
  return { d, color, width };
}

/** @param {Ink} a @param {Ink} b @returns {boolean} */
function same(a, b) {
  return a.d === b.d && a.color === b.color && a.width === b.width;
}
