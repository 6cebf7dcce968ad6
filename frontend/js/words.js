// @ts-check
/** What is said to people, put together as it depends on what happened. Words that stand as they are: labels.js. */

import { RequestError } from "./api.js";
import { WORDS } from "./labels.js";

/** @import { Status } from "./client.js" */

/** @param {unknown} error @returns {string} what happened, and what to do */
export function wordsForRequest(error) {
  if (!(error instanceof RequestError)) return "Something went wrong in this page. Reload it and try again.";
  if (error.status === 0) return WORDS.unreachable;
  if (error.status === 404) return "This board does not exist, or the link is not complete. Ask for the invite link again.";
  if (error.status === 429) return `${sentence(error.detail || "Too many live boards were created from here.")} ${whenToRetry(error.retryAfter)}`;
  if (error.status === 401) return EXPIRED.words;
  if (error.code === "invalid_svg") return `This file cannot be used. ${sentence(error.detail)}`.trim();
  if (error.status === 413) return `This is too much. ${sentence(error.detail)}`.trim();
  if (error.status === 503 && error.code === "import_busy") return `The server reads other drawings just now. ${whenToRetry(error.retryAfter)}`;
  if (error.status === 422) return `This name cannot be used. ${sentence(error.detail)}`.trim();
  if (error.status >= 500) return "The server has a problem. Try again in a moment.";
  return sentence(error.detail || "The server refused this.");
}

/** @typedef {{title: string, words: string}} Reason  what happened, and what to do */

/** @type {Reason} */
export const EXPIRED = { title: "Your place here has expired", words: "Your place on this board has expired. Open the invite link again to come back." };

/** @type {Reason} */
export const AWAY = { title: "The server cannot be reached", words: "Check your connection, or wait until the server is back. Nothing is lost." };

/**
 * Where another name or file would not help, the page tells that and nothing else.
 * @param {unknown} error @returns {Reason | null} null: the form is to be mended
 */
export function reasonFor(error) {
  if (!(error instanceof RequestError)) return null;
  if (error.status === 0) return AWAY;
  const title = titleFor(error);
  return title ? { title, words: wordsForRequest(error) } : null;
}

/** @param {RequestError} error @returns {string} */
function titleFor({ status, code }) {
  if (code === "room_limit") return "No more boards from here just now";
  if (status === 429 || status === 503) return "The server has too much to do";
  return status >= 500 ? "The server has a problem" : "";
}

/** @param {string} code of an op that came to nothing @returns {string} */
export function wordsForNotice(code) {
  if (code === "too_large") return "This stroke is too large for the server and was not kept.";
  if (code === "too_old") return "A change made long ago was not kept, because the board has moved on since.";
  if (code === "clock_skew") return "A change could not be saved: this device's clock is far off. Check its time.";
  return "The server could not accept one of your changes. It was taken back.";
}

/** @param {Status & {kept: boolean}} status kept: what waits outlasts the page @returns {string} */
export function wordsForStatus({ connection, open, met, pending, storage, kept }) {
  const waiting = pending ? `, ${changes(pending)} ${kept ? "kept here" : "not sent: keep this page open"}` : "";
  if (!open) return `Not connected${waiting}`;
  if (connection === "offline") return `Offline${waiting || ", trying to connect…"}`;
  if (connection === "restarting") return `Server restarting${waiting || "…"}`;
  if (connection === "connecting") return `${met ? "Reconnecting" : "Connecting"}${waiting || "…"}`;
  if (!storage) return "Not saved yet: the server cannot write and keeps trying";
  return pending ? "Saving…" : "Saved";
}

/** @param {Status} status @returns {"saved" | "saving" | "unsaved"} */
export function savedState({ connection, pending, storage }) {
  if (!pending) return "saved";
  return connection === "online" && storage ? "saving" : "unsaved";
}

/** @param {number} count @returns {string} */
function changes(count) {
  return count === 1 ? "1 change" : `${count} changes`;
}

/** @param {string} name @param {boolean} asked whether it has not begun yet @returns {string} */
export function wordsForFollow(name, asked) {
  return asked ? `Follow ${name}` : `Following ${name}`;
}

/** @param {string[]} came @param {string[]} left names @returns {string} */
export function wordsForComing(came, left) {
  return [comings(came, "came"), comings(left, "left")].filter(Boolean).join(". ");
}

/** @param {string[]} names @param {string} what they did @returns {string} */
function comings(names, what) {
  if (!names.length) return "";
  return names.length > 3 ? `${names.length} people ${what}` : `${names.join(", ")} ${what}`;
}

/** @param {number} seconds @returns {string} */
function whenToRetry(seconds) {
  if (!seconds) return "Try again later.";
  return seconds < 90 ? `Try again in ${seconds} seconds.` : `Try again in ${Math.ceil(seconds / 60)} minutes.`;
}

/** @param {string} text @returns {string} beginning with a capital and ending with a stop */
function sentence(text) {
  if (!text) return "";
  const begun = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** @param {number} count @returns {string} */
export function wordsForSelection(count) {
  return count ? `${count} selected` : "Nothing selected";
}

/** @param {"copied" | "cut" | "pasted"} done @param {number} count of paths @returns {string} */
export function wordsForClipboard(done, count) {
  return `${count} ${done}`;
}

/** @param {number} x @param {number} y in board units @param {"at" | "down" | "up" | "away"} what @returns {string} */
export function wordsForCross(x, y, what) {
  const place = `${Math.round(x)}, ${Math.round(y)}`;
  if (what === "at") return place;
  if (what === "away") return "Given up";
  return what === "down" ? `Pen down at ${place}` : `Pen up at ${place}`;
}

/** @param {number} zoom @returns {string} */
export function wordsForZoom(zoom) {
  const percent = zoom * 100;
  return wordsForPercent(percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent));
}

/** @param {number} part 0 to 100 @returns {string} */
export function wordsForPercent(part) {
  return `${part} %`;
}

/** @param {number} count of those who are here, oneself too @returns {string} */
export function wordsForCount(count) {
  return count === 1 ? "Only you" : `${count} here`;
}

/** @param {string} name @returns {string} */
export function wordsForSelf(name) {
  return `${name} (you)`;
}

/** @param {number} count of those who are not listed @returns {string} */
export function wordsForMore(count) {
  return `and ${count} more`;
}

/** @param {string} label of a button @param {string} key @returns {string} */
export function wordsForHint(label, key) {
  return `${label} (${key})`;
}
