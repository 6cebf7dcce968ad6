// @ts-check
/** What a person can do to the drawing: each act becomes stamped ops and a step that can be undone. */

import { sameInk } from "./history.js";
import { moveOutline } from "./move.js";
import { Slices } from "./slices.js";

/** @import { RoomClient } from "./client.js" */
/** @import { Change, History, Wish } from "./history.js" */
/** @import { Ink, Path } from "./types.js" */

export class Editor {
  #client;
  #changed;
  #slices = new Slices();
  history;

  /** @param {RoomClient} client @param {History} history @param {() => void} changed called when undo or redo became possible or impossible */
  constructor(client, history, changed) {
    this.#client = client;
    this.history = history;
    this.#changed = changed;
  }

  /** @returns {boolean} whether an act on very much is not done yet: it goes on by itself */
  get isBusy() {
    return this.#slices.isBusy;
  }

  /** Does the rest of such an act at once. */
  finish() {
    this.#slices.finish();
  }

  /** @param {{id: string} & Ink} path a finished stroke */
  draw({ id, d, color, width }) {
    this.#perform([{ id, ink: { d, color, width } }]);
  }

  /** @param {Iterable<Ink>} inks @param {(ids: string[]) => void} [done] is told the ids of the new paths, which lie above all others in this order */
  add(inks, done) {
    /** @type {string[]} */
    const ids = [];
    this.#perform(this.#creations(inks, ids), undefined, () => done?.(ids));
  }

  /**
   * @param {Iterable<string>} ids
   * @param {(ink: Ink) => Ink} how
   * @param {string} [kind] steps of one kind in a row are undone at once
   * @param {() => void} [done]
   */
  change(ids, how, kind, done) {
    this.#perform(this.#wishes([...ids], how), kind, done);
  }

  /** @param {Iterable<string>} ids @param {number} dx @param {number} dy in board units @param {string} [kind] @param {() => void} [done] */
  move(ids, dx, dy, kind, done) {
    this.change(ids, ({ d, color, width }) => ({ d: moveOutline(d, dx, dy), color, width }), kind, done);
  }

  /** @param {Iterable<string>} ids */
  delete(ids) {
    this.#perform([...ids].map((id) => ({ id, ink: null })));
  }

  /**
   * Deletes paths as part of a gesture that may go on.
   * @param {Iterable<string>} ids
   * @returns {Change[]} for `erased`
   */
  erase(ids) {
    this.finish();
    return [...ids].flatMap((id) => this.#apply({ id, ink: null }) ?? []);
  }

  /** @param {Change[]} changes all that one gesture erased */
  erased(changes) {
    this.#record(changes);
  }

  clear() {
    this.finish();
    const changes = this.#client.replica.view.paths().map((path) => ({ id: path.id, before: inkOf(path), after: null }));
    if (!changes.length) return;
    this.#client.edit({ op: "clear", ts: this.#client.clock.next() });
    this.#record(changes);
  }

  /** @returns {boolean} whether there was something to undo */
  undo() {
    this.finish();
    return this.#follow(this.history.undo((id) => this.#look(id)));
  }

  /** @returns {boolean} whether there was something to do again */
  redo() {
    this.finish();
    return this.#follow(this.history.redo((id) => this.#look(id)));
  }

  /** @param {Wish[] | null} wishes @returns {boolean} */
  #follow(wishes) {
    this.#slices.run({ steps: this.#steps(wishes ?? [], []), done: () => this.#changed() });
    return wishes !== null;
  }

  /** @param {Iterable<Ink>} inks @param {string[]} ids is told them @returns {Iterable<Wish>} */
  *#creations(inks, ids) {
    for (const ink of inks) {
      const id = this.#client.ids.next();
      ids.push(id);
      yield { id, ink };
    }
  }

  /** @param {string[]} ids @param {(ink: Ink) => Ink} how @returns {Iterable<Wish>} each made when its turn comes */
  *#wishes(ids, how) {
    for (const id of ids) {
      const path = this.#look(id);
      if (path) yield { id, ink: how(path) };
    }
  }

  /** @param {Iterable<Wish>} wishes @param {string} [kind] @param {() => void} [done] */
  #perform(wishes, kind, done = () => {}) {
    /** @type {Change[]} */
    const changes = [];
    const end = () => {
      this.#record(changes, kind);
      done();
    };
    this.#slices.run({ steps: this.#steps(wishes, changes), done: end });
  }

  /** @param {Iterable<Wish>} wishes @param {Change[]} changes is told them @returns {Iterator<void>} a step a wish */
  *#steps(wishes, changes) {
    for (const wish of wishes) {
      const change = this.#apply(wish);
      if (change) changes.push(change);
      yield;
    }
  }

  /** Every op bears a new stamp, above all that were seen (W5). @param {Wish} wish @returns {Change | undefined} what that changed */
  #apply({ id, ink }) {
    const before = this.#look(id);
    if (ink ? before && sameInk(before, ink) : !before) return undefined;
    const ts = this.#client.clock.next();
    this.#client.edit(ink ? { op: "put", id, ts, ...inkOf(ink) } : { op: "del", id, ts });
    return { id, before: before ? inkOf(before) : null, after: ink ? inkOf(ink) : null };
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
