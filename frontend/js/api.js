// @ts-check
/** The HTTP requests of a person who creates or enters a room. */

/** @typedef {{room: {id: string}, session: {id: string, name: string}, token: string}} Entered */
/** @typedef {Entered & {invite: string}} Created */

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
  }).catch(() => {
    throw new RequestError(0, "", "", 0);
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  throw new RequestError(response.status, String(answer.code ?? ""), String(answer.detail ?? ""), retryAfter);
}
