// @ts-check
/** What this browser remembers: the last name used, and the key to each room that was entered. */

/** @import { ImportReport } from "./api.js" */

/** @typedef {{x: number, y: number, zoom: number, tool: string}} Place  what one looked at, and with which tool */
/** @typedef {{token?: string, invite?: string, name?: string, asked?: number}} RoomKey
 *   asked: when a token was got or asked for, by this device's clock */

const NAME = "whiteboard.name";
const CURSORS = "whiteboard.cursors";
const HIDDEN = "hidden";

/** @returns {string} */
export function lastName() {
  return read(NAME) ?? "";
}

/** @param {string} name */
export function rememberName(name) {
  write(NAME, name);
}

/** @param {string} roomId @returns {RoomKey} */
export function recallRoom(roomId) {
  try {
    const key = JSON.parse(read(placeOf(roomId)) ?? "{}");
    return typeof key === "object" && key !== null ? key : {};
  } catch {
    return {};
  }
}

/** @param {string} roomId @param {RoomKey} news what changed; undefined forgets */
export function rememberRoom(roomId, news) {
  write(placeOf(roomId), JSON.stringify({ ...recallRoom(roomId), ...news }));
}

/** @returns {boolean} whether the others' cursors are to be hidden */
export function areCursorsHidden() {
  return read(CURSORS) === HIDDEN;
}

/** @param {boolean} hidden */
export function rememberCursors(hidden) {
  write(CURSORS, hidden ? HIDDEN : "shown");
}

/** For this tab, over a reload. @param {string} roomId @param {Place} place */
export function rememberPlace(roomId, place) {
  keepHere(`whiteboard.place.${roomId}`, place);
}

/** @param {string} roomId @returns {Place | null} */
export function recallPlace(roomId) {
  const place = foundHere(`whiteboard.place.${roomId}`);
  return place && [place.x, place.y, place.zoom].every(Number.isFinite) ? place : null;
}

/** For the board's page, once. @param {string} roomId @param {ImportReport} report */
export function rememberReport(roomId, report) {
  keepHere(reportOf(roomId), report);
}

/** @param {string} roomId @returns {ImportReport | null} */
export function takeReport(roomId) {
  const report = foundHere(reportOf(roomId));
  if (report) keepHere(reportOf(roomId), null);
  return report;
}

/** @param {string} key @param {object | null} value for this tab only */
function keepHere(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: everything works without.
  }
}

/** @param {string} key @returns {any} */
function foundHere(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} roomId @returns {string} */
function reportOf(roomId) {
  return `whiteboard.report.${roomId}`;
}

/** @param {string} token a JWT @returns {string} whose session it proves; empty if that cannot be read */
export function sessionOf(token) {
  try {
    return String(JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub ?? "");
  } catch {
    return "";
  }
}

/** @param {string} roomId @returns {string} */
function placeOf(roomId) {
  return `whiteboard.room.${roomId}`;
}

/** Storage may be switched off altogether: then nothing is remembered, and all else works. @param {string} key */
function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Full or forbidden: the room is entered all the same.
  }
}
