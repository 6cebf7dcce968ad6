// @ts-check
/** The HTTP requests of a person who creates or enters a room. */

/** @typedef {{room: {id: string}, session: {id: string, name: string}, token: string}} Entered */
/** @typedef {{paths: number, skipped: {element: string, count: number, reason: string}[]}} ImportReport */
/** @typedef {Entered & {invite: string, import_report?: ImportReport}} Created */

/** An answer that was no success, or none at all (status 0). */
export class RequestError extends Error {
  /**
   * @param {number} status
   * @param {string} code of the problem, empty if the answer bore none
   * @param {string} detail
   * @param {number} retryAfter seconds, 0 if the server did not say
   */
  constructor(status, code, detail, retryAfter) {
    super(detail || code || `HTTP ${status}`);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/** @param {string} name @returns {Promise<Created>} */
export async function createRoom(name) {
  return /** @type {Created} */ (await post("/api/rooms", { name }));
}

/**
 * @param {string} name @param {File} drawing an SVG file
 * @param {(part: number) => void} progress how much was sent, 0 to 1 (`fetch` does not tell)
 * @returns {Promise<Created>}
 */
export function importRoom(name, drawing, progress) {
  const form = new FormData();
  form.set("name", name);
  form.set("drawing", drawing);
  const request = new XMLHttpRequest();
  request.open("POST", "/api/rooms");
  request.responseType = "json";
  return new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.upload.onload = () => progress(1);
    request.onerror = () => reject(new RequestError(0, "", "", 0));
    request.onload = () => {
      const { status, response } = request;
      if (status === 201) resolve(response);
      else reject(problem(status, response, request.getResponseHeader("Retry-After")));
    };
    request.send(form);
  });
}

/** @param {string} roomId @param {string} token @param {"svg" | "png"} kind @returns {Promise<{name: string, content: Blob}>} */
export async function fetchDrawing(roomId, token, kind) {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`/api/rooms/${encodeURIComponent(roomId)}/drawing.${kind}`, { headers }).catch(unreachable);
  if (!response.ok) throw problem(response.status, await response.json().catch(() => null), response.headers.get("Retry-After"));
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? `whiteboard.${kind}`;
  return { name, content: await response.blob().catch(unreachable) };
}

/** @param {string} roomId @param {string} name @param {string} invite @returns {Promise<Entered>} */
export async function enterRoom(roomId, name, invite) {
  return /** @type {Entered} */ (await post(`/api/rooms/${encodeURIComponent(roomId)}/sessions`, { name, invite }));
}

/**
 * @param {string} roomId @param {string} token
 * @returns {Promise<string>} one that is good for longer, or the same if it is young
 */
export async function renewToken(roomId, token) {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await post(`/api/rooms/${encodeURIComponent(roomId)}/sessions/renew`, {}, headers);
  return /** @type {{token: string}} */ (answer).token;
}

/** @param {string} url @param {object} body @param {Record<string, string>} [headers] @returns {Promise<unknown>} */
async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  }).catch(unreachable);
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw problem(response.status, answer, response.headers.get("Retry-After"));
}

/** @returns {never} */
function unreachable() {
  throw new RequestError(0, "", "", 0);
}

/** @param {number} status @param {{code?: string, detail?: string} | null} answer a problem document, if it is one @param {string | null} retryAfter */
function problem(status, answer, retryAfter) {
  return new RequestError(status, String(answer?.code ?? ""), String(answer?.detail ?? ""), Number(retryAfter) || 0);
}
