// @ts-check
/** Undo and redo of one's own edits only. Pure: it says which ops to make, others make them. */

/** @import { Path } from "./types.js" */

/** @typedef {{added: boolean, paths: Path[]}} Step  what one gesture added or removed */
/** @typedef {{put: Path[], del: string[]}} Change */
/** @typedef {(id: string) => boolean} IsShown */

/** Steps kept: a step of a clear holds every path that was cleared. */
const MOST = 500;

export class History {
  /** @type {Step[]} */
  #done = [];
  /** @type {Step[]} */
  #undone = [];

  /** @returns {boolean} */
  get canUndo() {
    return this.#done.length > 0;
  }

  /** @returns {boolean} */
  get canRedo() {
    return this.#undone.length > 0;
  }

  /** @param {Step} step just done */
  record(step) {
    if (!step.paths.length) return;
    this.#done.push(step);
    if (this.#done.length > MOST) this.#done.shift();
    this.#undone = [];
  }

  /** @param {IsShown} isShown @returns {Change | null} null if nothing is left to undo */
  undo(isShown) {
    return move(this.#done, this.#undone, true, isShown);
  }

  /** @param {IsShown} isShown @returns {Change | null} null if nothing is left to do again */
  redo(isShown) {
    return move(this.#undone, this.#done, false, isShown);
  }
}

/**
 * Takes the latest step that still means something: what others did meanwhile may have overtaken it.
 * @param {Step[]} from
 * @param {Step[]} to
 * @param {boolean} backwards
 * @param {IsShown} isShown
 * @returns {Change | null}
 */
function move(from, to, backwards, isShown) {
  for (let step = from.pop(); step; step = from.pop()) {
    const removes = step.added === backwards;
    const paths = step.paths.filter((path) => isShown(path.id) === removes);
    if (!paths.length) continue;
    to.push({ added: step.added, paths });
    return removes ? { put: [], del: paths.map((path) => path.id) } : { put: paths, del: [] };
  }
  return null;
}
