// @ts-check
/** Lets somebody into the room: by the token kept here, or by name and invite. */

import { enterRoom, renewToken, RequestError } from "./api.js";
import { Closed } from "./closed.js";
import { find } from "./dom.js";
import { WORDS } from "./labels.js";
import { recallRoom, rememberRoom } from "./memory.js";
import { NameForm } from "./nameform.js";
import { AWAY, EXPIRED } from "./words.js";

/** @import { Reason } from "./words.js" */

const UNAUTHENTICATED = 4401;
const OTHER_VERSION = 4406;
/** How often the server is asked to renew the token; it decides whether it is time. */
const RENEW_MS = 24 * 3_600_000;
const LOOK_MS = 3_600_000;

export class Door {
  #roomId;
  #entered;
  #invite;
  #panel = find("#door");
  #closed = new Closed();
  #form;
  /** Set while a token of this very moment has not opened the room yet: one more refusal then is no expiry. */
  #fresh = false;
  /** The token that this page came in with. */
  #used = "";
  #renewed;
  /** @type {number | undefined} */
  #renewing;
  /** Told that nothing that is typed here can open the room. @type {() => unknown} */
  shut = () => {};

  /**
   * @param {string} roomId
   * @param {(token: string) => void} entered
   * @param {(token: string) => void} renewed this one is to be used from the next connection on
   */
  constructor(roomId, entered, renewed) {
    this.#roomId = roomId;
    this.#entered = entered;
    this.#renewed = renewed;
    const { token, invite } = recallRoom(roomId);
    const given = decodeFragment(location.hash);
    // An invite that has opened this room before is better than one from a link that may be cut off.
    this.#invite = (token ? invite || given : given || invite) ?? "";
    this.#form = new NameForm((name) => this.#try(name), undefined, this.#closed);
  }

  /** @returns {string} the link to give to others; empty if the invite is not known here */
  get link() {
    return this.#invite && `${location.origin}/r/${this.#roomId}#${this.#invite}`;
  }

  /** Goes in with what is known, else asks. */
  open() {
    const { token } = recallRoom(this.#roomId);
    if (!token) return this.#ask("");
    if (this.#invite) rememberRoom(this.#roomId, { invite: this.#invite });
    this.#pass(token);
  }

  /** The room was opened: the token is good. */
  passed() {
    this.#fresh = false;
    if (this.#renewing) return;
    this.#renewing = setInterval(() => void this.#renew(), LOOK_MS);
    void this.#renew();
  }

  /** A token that is in use is renewed long before it expires. */
  async #renew() {
    const { token, asked = 0 } = recallRoom(this.#roomId);
    if (!token || Math.abs(Date.now() - asked) < RENEW_MS) return;
    rememberRoom(this.#roomId, { asked: Date.now() });
    try {
      const renewed = await renewToken(this.#roomId, token);
      if (recallRoom(this.#roomId).token === token) rememberRoom(this.#roomId, { token: renewed });
      this.#renewed(renewed);
    } catch (error) {
      console.warn(error);
    }
  }

  /** @param {number} code of the closed WebSocket */
  async refused(code) {
    if (code !== UNAUTHENTICATED) return void this.#shut(code);
    const { name, token } = recallRoom(this.#roomId);
    if (token && token !== this.#used) return this.#pass(token);
    rememberRoom(this.#roomId, { token: undefined });
    if (!name || !this.#invite || this.#fresh) return this.#ask(EXPIRED.words);
    await this.#tryAgain(name);
  }

  /** @param {string} name that opened this room before */
  async #tryAgain(name) {
    try {
      await this.#try(name);
    } catch (error) {
      this.#ask("");
      this.#form.tell(error, () => void this.#tryAgain(name));
    }
  }

  /** Another name would not help where there is no such board. @param {string} name */
  async #try(name) {
    try {
      await this.#enter(name);
    } catch (error) {
      if (!(error instanceof RequestError && error.status === 404)) throw error;
      void this.#shut("unknown");
    }
  }

  /** @param {string} name */
  async #enter(name) {
    const { token, session } = await enterRoom(this.#roomId, name, this.#invite);
    rememberRoom(this.#roomId, { token, invite: this.#invite, name: session.name, asked: Date.now() });
    this.#fresh = true;
    this.#pass(token);
  }

  /** @param {string} token */
  #pass(token) {
    this.#used = token;
    this.#cover(false);
    this.#entered(token);
  }

  /** @param {string} words why it asks, empty for the first time */
  #ask(words) {
    if (!this.#invite) return void this.#shut(words ? UNAUTHENTICATED : "incomplete");
    this.#cover(true);
    this.#closed.hide();
    this.#form.say(words);
    this.#form.focus();
  }

  /** Behind the closed door nothing can be pressed, by keyboard neither. @param {boolean} closed */
  #cover(closed) {
    this.#panel.hidden = !closed;
    for (const part of document.body.children) {
      if (part instanceof HTMLElement && part !== this.#panel) part.inert = closed;
    }
  }

  /** Nothing that is typed here can open the room. @param {number | string} reason its code, or a word for it */
  async #shut(reason) {
    const reload = reason === OTHER_VERSION ? () => location.reload() : null;
    const words = await whyClosed(reason);
    this.#cover(true);
    this.#closed.show(words, reload, WORDS.reload);
    this.shut();
  }
}

/** Few doors are closed: what is said there is fetched then. @param {number | string} reason @returns {Promise<Reason>} */
async function whyClosed(reason) {
  if (reason === UNAUTHENTICATED) return EXPIRED;
  const rare = await import("./rarewords.js").catch(() => null);
  return rare ? rare.CLOSED[reason] ?? EXPIRED : AWAY;
}

/** @param {string} hash @returns {string} */
function decodeFragment(hash) {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return hash.slice(1);
  }
}
