// @ts-check
/** What this browser remembers: the last name used, and the key to each room that was entered. */

/** @import { ImportReport } from "./api.js" */

/** @typedef {{token?: string, invite?: string, name?: string, asked?: number}} RoomKey
 *   asked: when a token was got or asked for, by this device's clock */

const NAME = "whiteboard.name";

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

/** For the board's page, once. @param {string} roomId @param {ImportReport} report */
export function rememberReport(roomId, report) {
  try {
    sessionStorage.setItem(reportOf(roomId), JSON.stringify(report));
  } catch {
    // Forbidden: the board is there, the report is not.
  }
}

/** @param {string} roomId @returns {ImportReport | null} */
export function takeReport(roomId) {
  try {
    const text = sessionStorage.getItem(reportOf(roomId));
    sessionStorage.removeItem(reportOf(roomId));
    return JSON.parse(text ?? "null");
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
