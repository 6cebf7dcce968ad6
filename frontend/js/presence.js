// @ts-check
/** Who is here, where they point and what they are just drawing. Nothing of it is kept (P1–P3). Pure. */

/** @import { CursorNews, Op, Stroke, StrokeEnd, StrokeNews, Tick, Welcome } from "./types.js" */

export class Presence {
  /** Oneself. */
  user = 0;
  /** @type {Map<number, string>} names by user, oneself too */
  users = new Map();
  /** @type {Map<number, [number, number]>} of the others, in board units */
  cursors = new Map();
  /** @type {Map<number, Map<string, Stroke>>} of the others, by user and id */
  strokes = new Map();

  /** @param {Welcome} welcome replaces all that was known */
  welcome(welcome) {
    this.user = welcome.user;
    this.users = new Map(welcome.users.map(({ user, name }) => [user, name]));
    this.cursors = new Map();
    this.strokes = new Map();
    for (const news of welcome.cursors) this.#moveCursor(news);
    for (const news of welcome.live) this.#extendStroke(news);
  }

  /**
   * @param {Tick} tick
   * @param {(id: string) => number} settledAt the stamp of the settled path of that id, 0 if there is none
   */
  tick(tick, settledAt) {
    for (const { user, name } of tick.joined ?? []) this.users.set(user, name);
    // Strokes first: the put that ends one may stand in the same tick as its last piece.
    for (const news of tick.live ?? []) if (!isLate(news[1], settledAt)) this.#extendStroke(news);
    for (const op of tick.ops ?? []) this.#settle(op);
    for (const news of tick.cursors ?? []) this.#moveCursor(news);
    for (const user of tick.left ?? []) this.#leave(user);
  }

  /** The connection is gone: where the others point now is unknown. */
  lose() {
    this.cursors = new Map();
  }

  /** @returns {(Stroke & {user: number})[]} */
  live() {
    return [...this.strokes].flatMap(([user, own]) => [...own.values()].map((stroke) => ({ user, ...stroke })));
  }

  /** @param {Op} op a put takes the place of the stroke that it came from */
  #settle(op) {
    if (op.op !== "put") return;
    for (const [user, own] of this.strokes) if (own.delete(op.id) && !own.size) this.strokes.delete(user);
  }

  /** @param {CursorNews} news */
  #moveCursor(news) {
    if (news[0] === this.user) return;
    if (news[1] === null) this.cursors.delete(news[0]);
    else this.cursors.set(news[0], [news[1], news[2]]);
  }

  /** @param {StrokeNews} news */
  #extendStroke([user, piece]) {
    if (user === this.user) return;
    const own = this.strokes.get(user) ?? new Map();
    if ("end" in piece) {
      if (own.delete(piece.id) && !own.size) this.strokes.delete(user);
      return;
    }
    this.strokes.set(user, own);
    const known = own.get(piece.id);
    if (known) appendPoints(known.points, piece.points);
    else own.set(piece.id, { ...piece, points: [...piece.points] });
  }

  /** @param {number} user */
  #leave(user) {
    this.users.delete(user);
    this.cursors.delete(user);
    this.strokes.delete(user);
  }
}

/**
 * A piece that was overtaken by its stroke's end: the path bears a later stamp than pen-down.
 * @param {Stroke | StrokeEnd} piece
 * @param {(id: string) => number} settledAt
 * @returns {boolean}
 */
function isLate(piece, settledAt) {
  return "ts" in piece && settledAt(piece.id) > piece.ts;
}

/** @param {number[]} points @param {number[]} more any number: no spread, which would be bounded by the stack */
function appendPoints(points, more) {
  for (const value of more) points.push(value);
}
