// @ts-check
/** Keeps the board as it was seen last, for a page that is opened while the server cannot be reached (IndexedDB). */

/** @import { Path } from "./types.js" */

/** @typedef {{room: string, at: number, epoch: string, seq: number, cleared: number, paths: Path[]}} Seen  at: milliseconds since 1970 */

const DATABASE = "whiteboard-seen";
const BOARDS = "boards";
const KEPT_MS = 14 * 24 * 3600 * 1000;

export class LastSeen {
  #roomId;
  #database = open();
  /** What is kept already. */
  #known = "";

  /** @param {string} roomId */
  constructor(roomId) {
    this.#roomId = roomId;
  }

  /** @returns {Promise<Seen | null>} */
  async recall() {
    const database = await this.#database;
    if (!database) return null;
    const asked = database.transaction(BOARDS).objectStore(BOARDS).get(this.#roomId);
    return new Promise((resolve) => {
      asked.onsuccess = () => resolve(asked.result ?? null);
      asked.onerror = () => resolve(null);
    });
  }

  /** @param {() => Omit<Seen, "room" | "at">} look at what the server has confirmed */
  async keep(look) {
    const database = await this.#database;
    const seen = look();
    if (!database || !seen.epoch || this.#known === `${seen.epoch} ${seen.seq}`) return;
    this.#known = `${seen.epoch} ${seen.seq}`;
    try {
      const boards = database.transaction(BOARDS, "readwrite").objectStore(BOARDS);
      boards.put({ room: this.#roomId, at: Date.now(), ...seen });
      const old = boards.index("at").openKeyCursor(IDBKeyRange.upperBound(Date.now() - KEPT_MS));
      old.onsuccess = () => {
        if (!old.result) return;
        boards.delete(old.result.primaryKey);
        old.result.continue();
      };
    } catch (error) {
      // Full, perhaps: the board comes from the server.
      console.warn(error);
    }
  }
}

/** @returns {Promise<IDBDatabase | null>} */
function open() {
  return new Promise((resolve) => {
    try {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(BOARDS, { keyPath: "room" }).createIndex("at", "at");
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}
