// @ts-check
/** Reads what the server sends. Unknown kinds and keys are passed over; a wrong shape is an error. */

/** @import { Op, ServerMessage } from "./types.js" */

/** A message of a known kind that is not shaped as the protocol says. */
export class ShapeError extends Error {}

/** @typedef {Record<string, unknown>} Fields */

/** @type {Record<string, (fields: Fields) => void>} */
const CHECKS = {
  welcome(m) {
    numbers(m, "user", "seq", "time", "tick_ms", "max_frame");
    need(typeof m.epoch === "string", "epoch");
    need(m.sync === "full" || m.sync === "delta", "sync");
    each(m.users, isUser, "users");
    each(m.cursors, isCursorNews, "cursors");
    each(m.live, isStrokeNews, "live");
  },
  snapshot(m) {
    numbers(m, "seq", "cleared");
    need(typeof m.epoch === "string", "epoch");
    need(typeof m.more === "boolean", "more");
    each(m.paths, isPath, "paths");
  },
  tick(m) {
    if (m.ops !== undefined) {
      numbers(m, "seq", "from");
      each(m.ops, (op) => isOp(op) || isLaterOp(op), "ops");
    }
    each(m.live ?? [], isStrokeNews, "live");
    each(m.cursors ?? [], isCursorNews, "cursors");
    each(m.joined ?? [], isUser, "joined");
    each(m.left ?? [], isNumber, "left");
    each(m.acks ?? [], (ack) => isPair(ack) && isNumber(ack[0]) && isNumber(ack[1]), "acks");
    if (m.check !== undefined) numbers(fieldsOf(m.check), "count", "sum");
  },
  error(m) {
    need(typeof m.code === "string", "code");
  },
  pong(m) {
    numbers(m, "c", "time");
  },
  bye(m) {
    numbers(m, "retry_ms");
  },
};

/**
 * @param {string} text a frame's JSON
 * @returns {ServerMessage | null} null for a kind that this client does not know
 * @throws {ShapeError | SyntaxError}
 */
export function readMessage(text) {
  const fields = fieldsOf(JSON.parse(text));
  const kind = fields.t;
  need(typeof kind === "string", "t");
  if (!Object.hasOwn(CHECKS, String(kind))) return null;
  CHECKS[String(kind)](fields);
  if (kind === "tick") fields.ops = knownOps(fields.ops);
  return /** @type {ServerMessage} */ (/** @type {unknown} */ (fields));
}

/**
 * Ops of a kind that a later version of the protocol may bring are left out.
 * @param {unknown} ops
 * @returns {Op[] | undefined}
 */
function knownOps(ops) {
  if (!Array.isArray(ops)) return undefined;
  return ops.filter((op) => !isLaterOp(op));
}

/** @param {unknown} value @returns {Fields} */
function fieldsOf(value) {
  need(isObject(value), "object");
  return /** @type {Fields} */ (value);
}

/** @param {boolean} right @param {string} what */
function need(right, what) {
  if (!right) throw new ShapeError(`wrong shape: ${what}`);
}

/** @param {Fields} fields @param {...string} names */
function numbers(fields, ...names) {
  for (const name of names) need(isNumber(fields[name]), name);
}

/** @param {unknown} list @param {(item: unknown) => boolean} test @param {string} what */
function each(list, test, what) {
  need(Array.isArray(list) && list.every((item) => test(item)), what);
}

/** @param {unknown} value @returns {value is Fields} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value @returns {value is number} */
function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** @param {unknown} value @returns {value is unknown[]} */
function isPair(value) {
  return Array.isArray(value) && value.length >= 2;
}

/** @param {unknown} user @returns {boolean} */
function isUser(user) {
  return isObject(user) && isNumber(user.user) && typeof user.name === "string";
}

/** @param {unknown} path @returns {boolean} */
function isPath(path) {
  return isObject(path) && typeof path.id === "string" && isNumber(path.ts) && typeof path.d === "string" && isInk(path);
}

/** @param {Fields} fields @returns {boolean} */
function isInk(fields) {
  return typeof fields.color === "string" && isNumber(fields.width);
}

/** @param {unknown} op @returns {boolean} */
export function isOp(op) {
  if (!isObject(op)) return false;
  if (op.op === "put") return isPath(op);
  if (op.op === "del") return typeof op.id === "string" && isNumber(op.ts);
  return op.op === "clear" && isNumber(op.ts);
}

/** @param {unknown} op @returns {boolean} whether it is of a kind that is not known here */
function isLaterOp(op) {
  return isObject(op) && typeof op.op === "string" && !["put", "del", "clear"].includes(op.op);
}

/** @param {unknown} news @returns {boolean} */
function isCursorNews(news) {
  if (!isPair(news) || !isNumber(news[0])) return false;
  return news[1] === null || (isNumber(news[1]) && isNumber(news[2]));
}

/** @param {unknown} news @returns {boolean} */
function isStrokeNews(news) {
  if (!isPair(news) || !isNumber(news[0]) || !isObject(news[1])) return false;
  return typeof news[1].id === "string" && (news[1].end === true || isStroke(news[1]));
}

/** @param {Fields} stroke @returns {boolean} */
function isStroke(stroke) {
  return isNumber(stroke.ts) && isInk(stroke) && Array.isArray(stroke.points) && stroke.points.every(isNumber);
}
