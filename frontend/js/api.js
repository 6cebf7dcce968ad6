// @ts-check
/** The HTTP requests of a person who enters a room, and what all requests share. */

/** @typedef {{room: {id: string}, session: {id: string, name: string}, token: string}} Entered */

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
export async function post(url, body, headers = {}) {
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
export function unreachable() {
  throw new RequestError(0, "", "", 0);
}

/** @param {number} status @param {{code?: string, detail?: string} | null} answer a problem document, if it is one @param {string | null} retryAfter */
export function problem(status, answer, retryAfter) {
  return new RequestError(status, String(answer?.code ?? ""), String(answer?.detail ?? ""), Number(retryAfter) || 0);
}
