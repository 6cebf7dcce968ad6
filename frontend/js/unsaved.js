// @ts-check
/**
 * Keeps ops that the server has not acknowledged through a reload, a closed tab and a crash (IndexedDB). A row is named
 * after its op, not after a tab: sending one again, even from two tabs, is always safe (S5), and whoever gets the
 * acknowledgement removes it.
 */

import { forgetRows, openDatabase, resultOf } from "./idb.js";
import { LeavingNote } from "./leavingnote.js";
import { isOp } from "./messages.js";

/** @import { Outbox } from "./outbox.js" */
/** @import { Op } from "./types.js" */

const DATABASE = "whiteboard-unsaved";
const OPS = "ops";
/** What the server would refuse as too old (W5), with days to spare. */
const KEPT_MS = 45 * 24 * 3600 * 1000;
/** While everything is acknowledged within a tick or two, the disk is left alone. */
const PATIENCE_MS = 400;
/** Rows that are written in one go. */
const AT_ONCE = 250;

export class Unsaved {
  /** Whether this browser keeps things at all. */
  works = true;
  #roomId;
  #outbox;
  #database;
  #note;
  /** What stands in the database. @type {Set<Op>} */
  #kept = new Set();
  /** What waits and is not there yet, and what is there and waits no longer. @type {{news: Set<Op>, gone: Set<Op>}} */
  #due = { news: new Set(), gone: new Set() };
  /** @type {number | undefined} */
  #timer;
  #writing = false;
  #tookOver = false;

  /** @param {string} roomId @param {Outbox} outbox */
  constructor(roomId, outbox) {
    this.#roomId = roomId;
    this.#outbox = outbox;
    this.#note = new LeavingNote(roomId);
    const build = (/** @type {IDBDatabase} */ database) => database.createObjectStore(OPS, { keyPath: ["room", "name"] });
    this.#database = openDatabase(DATABASE, 1, build).then((database) => database ?? this.#fail());
    outbox.watcher = { came: (op) => this.#came(op), left: (op) => this.#left(op) };
  }

  /** @param {(ops: Op[]) => void} adopt gets what earlier pages left and other tabs hold, oldest first */
  async takeOver(adopt) {
    adopt(await this.#found());
    this.#tookOver = true;
    this.follow(true);
  }

  /** @returns {Promise<Op[]>} */
  async #found() {
    const left = this.#note.read();
    const oldest = String((Date.now() - KEPT_MS) * 4096).padStart(16, "0");
    const database = await this.#database;
    if (!database) return left;
    forgetRows(database, OPS, ({ name }) => name < oldest);
    const range = IDBKeyRange.bound([this.#roomId], [this.#roomId, []]);
    /** @type {{op: Op}[]} */
    const rows = await resultOf(database.transaction(OPS).objectStore(OPS).getAll(range)).catch(() => []);
    const ops = rows.map(({ op }) => op).filter(isOp);
    this.#kept = new Set(ops);
    const known = new Set(ops.map(nameOf));
    return [...ops, ...left.filter((op) => !known.has(nameOf(op)))];
  }

  /** @param {boolean} hurry there is no hope of an acknowledgement soon */
  follow(hurry) {
    if (hurry && this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#timer ??= setTimeout(() => void this.#write(), hurry ? 0 : PATIENCE_MS);
  }

  /** The page may end here, before the database has written anything. */
  leave() {
    void this.#write();
    if (!this.#note.write([...this.#due.news])) this.#fail();
  }

  /** @param {Op} op */
  #came(op) {
    this.#due.gone.delete(op);
    if (!this.#kept.has(op)) this.#due.news.add(op);
  }

  /** @param {Op} op */
  #left(op) {
    this.#due.news.delete(op);
    if (this.#kept.has(op)) this.#due.gone.add(op);
  }

  async #write() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#outbox.size && this.#tookOver) this.#note.settle();
    const database = await this.#database;
    if (!database || this.#writing) return;
    this.#writing = true;
    try {
      // What came goes first: what it overrules may not be missed before it is there.
      while (this.#due.news.size + this.#due.gone.size) await this.#writeSome(database);
    } catch {
      this.#fail();
    }
    this.#writing = false;
  }

  /** Some at a time: meanwhile the rest may be acknowledged, and the page goes on. @param {IDBDatabase} database */
  async #writeSome(database) {
    const news = [...this.#due.news].slice(0, AT_ONCE);
    const gone = news.length ? [] : [...this.#due.gone].slice(0, AT_ONCE);
    const change = database.transaction(OPS, "readwrite");
    const rows = change.objectStore(OPS);
    for (const op of gone) rows.delete([this.#roomId, nameOf(op)]);
    for (const op of news) rows.put({ room: this.#roomId, name: nameOf(op), op });
    change.commit();
    await finished(change);
    for (const op of gone) {
      this.#kept.delete(op);
      this.#due.gone.delete(op);
    }
    for (const op of news) {
      this.#kept.add(op);
      // Acknowledged while it was being written.
      if (!this.#due.news.delete(op)) this.#due.gone.add(op);
    }
    this.works = true;
  }

  /** @returns {null} */
  #fail() {
    this.works = false;
    return null;
  }
}

/** @param {Op} op @returns {string} names sort by time */
function nameOf(op) {
  return `${String(op.ts).padStart(16, "0")} ${op.op} ${"id" in op ? op.id : ""}`;
}

/** @param {IDBTransaction} change @returns {Promise<void>} once it is in the database */
function finished(change) {
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve();
    change.onerror = change.onabort = () => reject(change.error);
  });
}
