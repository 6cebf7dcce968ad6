// @ts-check
/** Undo and redo of one's own edits only. Pure: it says what to change, others make the ops. */

/** @import { Ink, Path } from "./types.js" */

/** @typedef {{id: string, before: Ink | null, after: Ink | null}} Change  null: there is no such path */
/** @typedef {{key: string, changes: Change[], kind?: string}} Step  what one gesture did; keys ascend with time */
/** @typedef {{id: string, ink: Ink | null}} Wish  how a path should look */
/** @typedef {(id: string) => Path | undefined} Look what is shown now under an id */
/**
 * @typedef {object} Keeper keeps steps beyond the life of the page
 * @property {(step: Step, undone: boolean) => void} keep
 * @property {(step: Step) => void} drop
 */

const MOST_STEPS = 500;
/** In characters of path data: a clear of a large board holds all of it. */
const MOST_WEIGHT = 20_000_000;
/** Steps of one kind that follow each other within this time are one. */
const TOGETHER_MS = 1_500;

export class History {
  /** @type {Step[]} */
  #done = [];
  /** @type {Step[]} */
  #undone = [];
  #keeper;
  #now;
  #lastAt = -Infinity;
  #count = 0;

  /** @param {Keeper} keeper @param {() => number} now milliseconds since 1970 */
  constructor(keeper, now = Date.now) {
    this.#keeper = keeper;
    this.#now = now;
  }

  /** @returns {boolean} */
  get canUndo() {
    return this.#done.length > 0;
  }

  /** @returns {boolean} */
  get canRedo() {
    return this.#undone.length > 0;
  }

  /** @param {Change[]} changes just made @param {string} [kind] such as are joined: a row of small moves is undone at once */
  record(changes, kind) {
    if (!changes.length) return;
    const now = this.#now();
    const last = this.#done.at(-1);
    const joins = kind !== undefined && last?.kind === kind && now - this.#lastAt < TOGETHER_MS && sameIds(last.changes, changes);
    this.#lastAt = now;
    if (joins) last.changes = last.changes.map((change, i) => ({ ...change, after: changes[i].after }));
    else this.#done.push({ key: this.#nextKey(now), changes, ...(kind && { kind }) });
    this.#keeper.keep(/** @type {Step} */ (this.#done.at(-1)), false);
    for (const step of this.#undone.splice(0)) this.#keeper.drop(step);
    this.#trim();
  }

  /** What an earlier page left lies below what was done here since. @param {{step: Step, undone: boolean}[]} kept by key */
  restore(kept) {
    const own = new Set([...this.#done, ...this.#undone].map(({ key }) => key));
    const earlier = kept.filter(({ step }) => !own.has(step.key));
    const steps = (/** @type {boolean} */ undone) => earlier.filter((each) => each.undone === undone).map(({ step }) => step);
    // There was no place yet where to keep what was done until now.
    for (const step of this.#done) this.#keeper.keep(step, false);
    for (const step of this.#undone) this.#keeper.keep(step, true);
    // What was undone then cannot be done again once something else was done.
    if (this.#done.length) for (const step of steps(true)) this.#keeper.drop(step);
    else this.#undone = [...steps(true).reverse(), ...this.#undone];
    this.#done = [...steps(false), ...this.#done];
    this.#trim();
  }

  /** @param {Look} look @returns {Wish[] | null} null if nothing is left to undo */
  undo(look) {
    return this.#move(this.#done, this.#undone, (change) => wish(change.id, change.after, change.before, look));
  }

  /** @param {Look} look @returns {Wish[] | null} null if nothing is left to do again */
  redo(look) {
    return this.#move(this.#undone, this.#done, (change) => wish(change.id, change.before, change.after, look));
  }

  /**
   * Takes the latest step that still means something: what others did meanwhile may have overtaken it.
   * @param {Step[]} from
   * @param {Step[]} to
   * @param {(change: Change) => Wish[]} wishes
   * @returns {Wish[] | null}
   */
  #move(from, to, wishes) {
    this.#lastAt = -Infinity;
    for (let step = from.pop(); step; step = from.pop()) {
      const wanted = step.changes.flatMap(wishes);
      if (wanted.length) {
        to.push(step);
        this.#keeper.keep(step, to === this.#undone);
        return wanted;
      }
      this.#keeper.drop(step);
    }
    return null;
  }

  #trim() {
    let weight = 0;
    const index = this.#done.findLastIndex((step, i) => (weight += weigh(step)) > MOST_WEIGHT || this.#done.length - i > MOST_STEPS);
    // The latest step stays however heavy it is: a clear must be undone.
    for (const step of this.#done.splice(0, Math.min(index + 1, this.#done.length - 1))) this.#keeper.drop(step);
  }

  /** @param {number} now @returns {string} */
  #nextKey(now) {
    const random = Math.random().toString(36).slice(2, 8);
    return `${String(now).padStart(15, "0")}-${String(this.#count++).padStart(6, "0")}-${random}`;
  }
}

/**
 * What others changed since stays: of a path that both changed, only what is still as this step left it goes back.
 * @param {string} id
 * @param {Ink | null} from how this step left it
 * @param {Ink | null} to
 * @param {Look} look
 * @returns {Wish[]} none if there is nothing to do
 */
function wish(id, from, to, look) {
  const now = look(id);
  if (!from) return now || !to ? [] : [{ id, ink: to }];
  if (!now) return [];
  if (!to) return sameInk(now, from) ? [{ id, ink: null }] : [];
  const ink = {
    d: now.d === from.d ? to.d : now.d,
    color: now.color === from.color ? to.color : now.color,
    width: now.width === from.width ? to.width : now.width,
  };
  return sameInk(ink, now) ? [] : [{ id, ink }];
}

/** @param {Ink} a @param {Ink} b @returns {boolean} */
export function sameInk(a, b) {
  return a.d === b.d && a.color === b.color && a.width === b.width;
}

/** @param {Change[]} a @param {Change[]} b @returns {boolean} */
function sameIds(a, b) {
  return a.length === b.length && a.every(({ id }, i) => id === b[i].id);
}

/** @param {Step} step @returns {number} */
function weigh({ changes }) {
  return changes.reduce((sum, { before, after }) => sum + (before?.d.length ?? 0) + (after?.d.length ?? 0), 0);
}
