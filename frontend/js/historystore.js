// @ts-check
/** Keeps the steps that can be undone over a reload, for each session of each room (IndexedDB). */

/** @import { Keeper, Step } from "./history.js" */

/** @typedef {{place: string, key: string, undone: boolean, step: Step}} Row */

const DATABASE = "whiteboard-history";
const STEPS = "steps";
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
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve([]);
    });
  }

  /** @param {Step} step @param {boolean} undone */
  keep(step, undone) {
    this.#write((steps) => steps.put({ place: this.#place, key: step.key, undone, step }));
  }

  /** @param {Step} step */
  drop(step) {
    this.#write((steps) => steps.delete([this.#place, step.key]));
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

/** @returns {Promise<IDBDatabase | null>} */
function open() {
  return new Promise((resolve) => {
    try {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STEPS, { keyPath: ["place", "key"] });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}
