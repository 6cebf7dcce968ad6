// @ts-check
/** Keeps the board as it was seen last, for a page that is opened while the server cannot be reached (IndexedDB). */

import { openDatabase, resultOf } from "./idb.js";

/** @import { Path } from "./types.js" */

/** @typedef {{room: string, at: number, epoch: string, seq: number, cleared: number, paths: Path[]}} Seen  at: milliseconds since 1970 */

const DATABASE = "whiteboard-seen";
const BOARDS = "boards";
const KEPT_MS = 14 * 24 * 3600 * 1000;

export class LastSeen {
  #roomId;
  #database = openDatabase(DATABASE, 1, (database) => database.createObjectStore(BOARDS, { keyPath: "room" }).createIndex("at", "at"));
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
    return (await resultOf(database.transaction(BOARDS).objectStore(BOARDS).get(this.#roomId)).catch(() => null)) ?? null;
  }

  /** @param {() => Omit<Seen, "room" | "at">} look at what the server has confirmed */
  async keep(look) {
    const database = await this.#database;
    const seen = look();
    if (!database || !seen.epoch || this.#known === `${seen.epoch} ${seen.seq}`) return;
    this.#known = `${seen.epoch} ${seen.seq}`;
    try {
      const change = database.transaction(BOARDS, "readwrite");
      change.objectStore(BOARDS).put({ room: this.#roomId, at: Date.now(), ...seen });
      // The page may end before it is told that the board is kept.
      change.commit();
      forgetOld(database);
    } catch (error) {
      // Full, perhaps: the board comes from the server.
      console.warn(error);
    }
  }
}

/** Boards are large: of the others only the keys are read. @param {IDBDatabase} database */
function forgetOld(database) {
  const boards = database.transaction(BOARDS, "readwrite").objectStore(BOARDS);
  const old = boards.index("at").openKeyCursor(IDBKeyRange.upperBound(Date.now() - KEPT_MS));
  old.onsuccess = () => {
    if (!old.result) return;
    boards.delete(old.result.primaryKey);
    old.result.continue();
  };
}
