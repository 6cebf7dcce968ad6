// @ts-check
/** Keeps the steps that can be undone over a reload, for each session of each room (IndexedDB). */

import { forgetRows, openDatabase, resultOf } from "./idb.js";

/** @import { Keeper, Step } from "./history.js" */

/**
 * A step of thousands of changes stands in several rows: a row is copied in one go, in which the page stands still.
 * @typedef {{place: string, key: string, part: number, undone: boolean, step: Step}} Row
 */

const DATABASE = "whiteboard-history";
const STEPS = "steps";
/** Changes in a row. */
const PART = 500;
/** Steps of sessions that nobody came back to. */
const KEPT_MS = 14 * 24 * 3600 * 1000;

/** @implements {Keeper} Where the browser keeps nothing, undo lasts as long as the page. */
export class HistoryStore {
  #database = openDatabase(DATABASE, 2, build);
  #place = "";

  /** @param {string} place the room and the session @returns {Promise<{step: Step, undone: boolean}[]>} in the order of time */
  async enter(place) {
    this.#place = place;
    const database = await this.#database;
    if (!database) return [];
    const oldest = String(Date.now() - KEPT_MS).padStart(15, "0");
    forgetRows(database, STEPS, ({ key }) => key < oldest);
    const range = IDBKeyRange.bound([place], [place, []]);
    return joined(await resultOf(database.transaction(STEPS).objectStore(STEPS).getAll(range)).catch(() => []));
  }

  /** @param {Step} step @param {boolean} undone */
  keep(step, undone) {
    const place = this.#place;
    const { key, changes } = step;
    this.#write((steps) => {
      const put = (/** @type {number} */ part) => {
        const end = (part + 1) * PART;
        const asked = steps.put({ place, key, part, undone, step: { ...step, changes: changes.slice(end - PART, end) } });
        if (end < changes.length) asked.onsuccess = () => put(part + 1);
        // The page may end before it is told that the step is kept.
        else steps.transaction.commit();
      };
      put(0);
    });
  }

  /** @param {Step} step */
  drop({ key }) {
    const place = this.#place;
    this.#write((steps) => steps.delete(IDBKeyRange.bound([place, key], [place, key, []])));
  }

  /** @param {(steps: IDBObjectStore) => void} act */
  #write(act) {
    if (!this.#place) return;
    void this.#database.then((database) => database && act(database.transaction(STEPS, "readwrite").objectStore(STEPS)));
  }
}

/** @param {Row[]} rows sorted @returns {{step: Step, undone: boolean}[]} */
function joined(rows) {
  /** @type {{step: Step, undone: boolean}[]} */
  const steps = [];
  for (const { part, step, undone } of rows) {
    const last = steps.at(-1);
    if (part && last?.step.key === step.key) for (const change of step.changes) last.step.changes.push(change);
    else steps.push({ step, undone });
  }
  return steps;
}

/** The first version had no parts; what it kept can be undone no more. @param {IDBDatabase} database */
function build(database) {
  if (database.objectStoreNames.contains(STEPS)) database.deleteObjectStore(STEPS);
  database.createObjectStore(STEPS, { keyPath: ["place", "key", "part"] });
}
