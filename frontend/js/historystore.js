// @ts-check
/** Keeps the steps that can be undone over a reload, for each session of each room (IndexedDB). */

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
  /** @type {Promise<IDBDatabase | null>} */
  #database;
  #place = "";

  constructor() {
    this.#database = open();
  }

  /** @param {string} place the room and the session @returns {Promise<{step: Step, undone: boolean}[]>} in the order of time */
  async enter(place) {
    this.#place = place;
    const database = await this.#database;
    if (!database) return [];
    this.#forget(database);
    const range = IDBKeyRange.bound([place], [place, []]);
    return new Promise((resolve) => {
      const asked = database.transaction(STEPS).objectStore(STEPS).getAll(range);
      asked.onsuccess = () => resolve(joined(asked.result));
      asked.onerror = () => resolve([]);
    });
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

  /** @param {IDBDatabase} database */
  #forget(database) {
    const oldest = String(Date.now() - KEPT_MS).padStart(15, "0");
    const asked = database.transaction(STEPS, "readwrite").objectStore(STEPS).openCursor();
    asked.onsuccess = () => {
      const cursor = asked.result;
      if (!cursor) return;
      if (cursor.value.key < oldest) cursor.delete();
      cursor.continue();
    };
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

/** @returns {Promise<IDBDatabase | null>} */
function open() {
  return new Promise((resolve) => {
    try {
      const asked = indexedDB.open(DATABASE, 2);
      asked.onupgradeneeded = () => {
        // The first version had no parts; what it kept can be undone no more.
        if (asked.result.objectStoreNames.contains(STEPS)) asked.result.deleteObjectStore(STEPS);
        asked.result.createObjectStore(STEPS, { keyPath: ["place", "key", "part"] });
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onblocked = asked.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}
