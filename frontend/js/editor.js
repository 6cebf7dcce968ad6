// @ts-check
/** What a person can do to the drawing: each act becomes stamped ops and a step that can be undone. */

import { History } from "./history.js";

/** @import { RoomClient } from "./client.js" */
/** @import { Change } from "./history.js" */
/** @import { Path } from "./types.js" */

export class Editor {
  #client;
  #changed;
  history = new History();

  /** @param {RoomClient} client @param {() => void} changed called when undo or redo became possible or impossible */
  constructor(client, changed) {
    this.#client = client;
    this.#changed = changed;
  }

  /** @param {Omit<Path, "ts">} ink a finished stroke */
  draw(ink) {
    const path = this.#put(ink);
    this.#record(true, [path]);
  }

  /**
   * Deletes paths as part of a gesture that may go on.
   * @param {string[]} ids
   * @returns {Path[]} what was there, for `erased`
   */
  erase(ids) {
    const paths = ids.flatMap((id) => this.#client.replica.view.get(id) ?? []);
    for (const { id } of paths) this.#client.edit({ op: "del", id, ts: this.#client.clock.next() });
    return paths;
  }

  /** @param {Path[]} paths all that one gesture erased */
  erased(paths) {
    this.#record(false, paths);
  }

  clear() {
    const paths = this.#client.replica.view.paths();
    if (!paths.length) return;
    this.#client.edit({ op: "clear", ts: this.#client.clock.next() });
    this.#record(false, paths);
  }

  undo() {
    this.#apply(this.history.undo((id) => this.#isShown(id)));
  }

  redo() {
    this.#apply(this.history.redo((id) => this.#isShown(id)));
  }

  /** @param {Change | null} change */
  #apply(change) {
    for (const path of change?.put ?? []) this.#put(path);
    this.erase(change?.del ?? []);
    this.#changed();
  }

  /** @param {Omit<Path, "ts">} ink @returns {Path} under the same id, with a new stamp */
  #put({ id, d, color, width }) {
    const path = { id, ts: this.#client.clock.next(), d, color, width };
    this.#client.edit({ op: "put", ...path });
    return path;
  }

  /** @param {boolean} added @param {Path[]} paths */
  #record(added, paths) {
    this.history.record({ added, paths });
    this.#changed();
  }

  /** @param {string} id @returns {boolean} */
  #isShown(id) {
    return this.#client.replica.view.get(id) !== undefined;
  }
}
