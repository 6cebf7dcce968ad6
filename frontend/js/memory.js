// @ts-check
/** What this browser remembers: the last name used, and the key to each room that was entered. */

/** @import { ImportReport } from "./creating.js" */

/** @typedef {{x: number, y: number, zoom: number, tool: string}} Place  what one looked at, and with which tool */
/** @typedef {{token?: string, invite?: string, name?: string, asked?: number}} RoomKey
 *   asked: when a token was got or asked for, by this device's clock */

const NAME = "whiteboard.name";
const CURSORS = "whiteboard.cursors";
/** For this tab, over a reload; and for this browser. */
const [TAB, BROWSER] = /** @type {const} */ (["sessionStorage", "localStorage"]);

/** @returns {string} */
export function lastName() {
  return String(recall(NAME) ?? "");
}

/** @param {string} name */
export function rememberName(name) {
  remember(NAME, name);
}

/** @param {string} roomId @returns {RoomKey} */
export function recallRoom(roomId) {
  const key = recall(keyOf("room", roomId));
  return typeof key === "object" && key !== null ? key : {};
}

/** @param {string} roomId @param {RoomKey} news what changed; undefined forgets */
export function rememberRoom(roomId, news) {
  remember(keyOf("room", roomId), { ...recallRoom(roomId), ...news });
}

/** @returns {boolean} whether the others' cursors are to be hidden */
export function areCursorsHidden() {
  return recall(CURSORS) === false;
}

/** @param {boolean} hidden */
export function rememberCursors(hidden) {
  remember(CURSORS, !hidden);
}

/** Another tab may look elsewhere; the next one begins where somebody looked last. @param {string} roomId @param {Place} place */
export function rememberPlace(roomId, place) {
  for (const where of [TAB, BROWSER]) remember(keyOf("place", roomId), place, where);
}

/** @param {string} roomId @returns {Place | null} */
export function recallPlace(roomId) {
  const place = recall(keyOf("place", roomId), TAB) ?? recall(keyOf("place", roomId));
  return place && [place.x, place.y, place.zoom].every(Number.isFinite) ? place : null;
}

/** For the board's page, once. @param {string} roomId @param {ImportReport} report */
export function rememberReport(roomId, report) {
  remember(keyOf("report", roomId), report, TAB);
}

/** @param {string} roomId @returns {ImportReport | null} */
export function takeReport(roomId) {
  const report = recall(keyOf("report", roomId), TAB);
  if (report) remember(keyOf("report", roomId), null, TAB);
  return report;
}

/** @param {string} token a JWT @returns {string} whose session it proves; empty if that cannot be read */
export function sessionOf(token) {
  try {
    return String(JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub ?? "");
  } catch {
    return "";
  }
}

/** @param {"room" | "place" | "report"} what @param {string} roomId @returns {string} */
function keyOf(what, roomId) {
  return `whiteboard.${what}.${roomId}`;
}

/** @param {string} key @param {typeof TAB | typeof BROWSER} [where] @returns {any} null if nothing is remembered, or something spoilt */
export function recall(key, where = BROWSER) {
  try {
    return JSON.parse(globalThis[where].getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {unknown} value @param {typeof TAB | typeof BROWSER} [where] */
export function remember(key, value, where = BROWSER) {
  try {
    globalThis[where].setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: nothing is remembered, and all else works.
  }
}
