// @ts-check
/** What is said away from the board or seldom: of files, of closed doors, of what cannot be sent, and on the sheet of keys. */

/** @import { ImportReport } from "./creating.js" */
/** @import { Reason } from "./words.js" */

/** Why a board cannot be opened, if not for a place that has expired. @type {Record<number | string, Reason>} */
export const CLOSED = {
  4404: { title: "This board no longer exists", words: "The server has removed it, as it does with boards on which nothing was saved before everybody left." },
  4406: { title: "The server was renewed", words: "This page is older than the server, and does not understand it any more. Load it again; what is not sent yet is kept." },
  incomplete: { title: "This link is not complete", words: "The part after # is missing, perhaps cut off when it was copied. Ask for the invite link again." },
  unknown: { title: "There is no board at this link", words: "Perhaps the link was changed on its way, or the board was never drawn on and is gone. Ask for the invite link again." },
};

/** @param {string} name @param {number} size in bytes @returns {string} */
export function wordsForFile(name, size) {
  const [amount, unit] = size < 1e6 ? [Math.ceil(size / 1e3), "KB"] : [(size / 1e6).toFixed(1), "MB"];
  return `Begins with ${name} (${amount} ${unit})`;
}

/** @param {number} part of the file that was sent @returns {string} */
export function wordsForProgress(part) {
  return part < 1 ? `Sending the drawing… ${Math.floor(part * 100)} %` : "The server reads the drawing…";
}

/** @param {ImportReport} report @returns {string} */
export function wordsForImport({ paths, skipped }) {
  const came = paths === 1 ? "1 path came in." : `${paths} paths came in.`;
  return skipped.length ? `${came} Not everything could:` : `${came} Nothing was left out.`;
}

/** @param {ImportReport["skipped"][number]} one @returns {string} */
export function wordsForSkipped({ element, count, reason }) {
  return `${count} ${element}: ${reason}`;
}

/** @param {number} count of changes @returns {string} */
export function wordsForUnsent(count) {
  return count === 1
    ? "One change of yours had not been sent. It is kept here only: save the drawing as it was here."
    : `${count} changes of yours had not been sent. They are kept here only: save the drawing as it was here.`;
}

/** The parts of the sheet of keys. @type {Record<string, string>} */
export const PARTS = { tools: "Tools", ink: "Ink", view: "View", edits: "Edits", more: "Without a mouse" };

/** Keys and gestures that are no single command, and what they do. */
export const MORE = [
  ["Arrow keys", "Move the cross, or what is selected; with Shift finely"],
  ["Space or Enter", "At the cross: pen down, pen up; with Shift straight, square, round"],
  ["Hold Space and drag", "Move about"],
  ["Hold Shift", "Straight strokes and lines in steps of 15°, squares, circles; or move straight"],
];
export const COLOR_KEYS = "1 … 9, 0";
