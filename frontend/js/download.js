// @ts-check
/** Lets the browser save the board as a file. The token goes in a header, so a plain link would not do. */

import { problem, unreachable } from "./api.js";

/** @param {string} roomId @param {string} token @param {"svg" | "png"} kind */
export async function downloadDrawing(roomId, token, kind) {
  const { name, content } = await fetchDrawing(roomId, token, kind);
  saveFile(name, content);
}

/** @param {string} name @param {Blob} content */
export function saveFile(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser reads it after the click returns.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @param {string} roomId @param {string} token @param {"svg" | "png"} kind @returns {Promise<{name: string, content: Blob}>} */
async function fetchDrawing(roomId, token, kind) {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`/api/rooms/${encodeURIComponent(roomId)}/drawing.${kind}`, { headers }).catch(unreachable);
  if (!response.ok) throw problem(response.status, await response.json().catch(() => null), response.headers.get("Retry-After"));
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? `whiteboard.${kind}`;
  return { name, content: await response.blob().catch(unreachable) };
}
