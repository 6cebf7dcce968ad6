// @ts-check
/** Keeps one WebSocket to the room alive: dials, watches, comes back. Knows frames, not what they say. */

import { Backoff } from "./backoff.js";
import { FrameLine } from "./decode.js";
import { QuietWatch } from "./quiet.js";

/** @import { ConnectionState } from "./types.js" */

/**
 * @typedef {object} ConnectionEvents
 * @property {() => object} hello the first frame of each connection
 * @property {() => object} ping
 * @property {(text: string) => void} frame one frame's JSON, in the order of arrival
 * @property {(error: unknown) => void} damaged a frame could not be read or handled
 * @property {() => void} state the state changed
 * @property {(code: number) => void} refused closed for good; `open` tries again
 */

/** Close codes after which trying again unchanged cannot help: bad token, no such room, no common version. */
const FINAL_CODES = [4401, 4404, 4406];
const WELCOME_MS = 15_000;
const PROBE_MS = 3_000;
/** A connection that held this long was a good one: the next loss begins with short waits again. */
const STABLE_MS = 5_000;
const RESTART_MS = 30_000;

export class Connection {
  /** @type {ConnectionState} */
  state = "connecting";
  #url;
  #events;
  #backoff = new Backoff();
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {number | undefined} */
  #redial;
  /** @type {number | undefined} */
  #stable;
  /** After a `bye`: how long to spread the return over. */
  #retryMs = 0;
  #restartUntil = 0;
  #stopped = true;
  #watch = new QuietWatch(() => this.send(this.#events.ping()), () => this.reconnect());

  /** @param {string} url @param {ConnectionEvents} events */
  constructor(url, events) {
    this.#url = url;
    this.#events = events;
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.#doubt());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
  }

  /** @returns {boolean} connected, or trying to be */
  get isOpen() {
    return !this.#stopped;
  }

  /** @returns {number} bytes that wait to leave this device */
  get backlog() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  open() {
    this.#stopped = false;
    this.#dial();
    this.#events.state();
  }

  /** @param {object} message dropped if there is no open connection */
  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** The server welcomed us. */
  established() {
    clearTimeout(this.#stable);
    this.#backoff.soften();
    this.#stable = setTimeout(() => this.#backoff.reset(), STABLE_MS);
    this.#retryMs = this.#restartUntil = 0;
    this.#enter("online");
  }

  /** @param {number} retryMs the server is about to close for a restart */
  expectRestart(retryMs) {
    this.#retryMs = retryMs;
    this.#restartUntil = Date.now() + retryMs + RESTART_MS;
    this.#enter("restarting");
  }

  /** Gives this connection up and makes another. */
  reconnect() {
    const socket = this.#socket;
    if (!socket) return;
    const opened = socket.readyState === WebSocket.OPEN;
    this.#socket = null;
    socket.close();
    this.#lost(opened);
  }

  #dial() {
    clearTimeout(this.#redial);
    this.#redial = undefined;
    const socket = new WebSocket(this.#url, "whiteboard.v1");
    const line = new FrameLine();
    let opened = false;
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#watch.expect(WELCOME_MS);
    socket.onopen = () => {
      opened = true;
      if (this.#socket === socket) this.send(this.#events.hello());
    };
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return;
      this.#watch.heard();
      const current = () => this.#socket === socket;
      line.push(data, (text) => current() && this.#events.frame(text), (error) => current() && this.#events.damaged(error));
    };
    // What came before the close, perhaps a `bye`, may still be in the line.
    socket.onclose = ({ code }) => line.after(() => this.#socket === socket && this.#closed(code, opened));
  }

  /** @param {number} code @param {boolean} opened */
  #closed(code, opened) {
    this.#socket = null;
    if (!FINAL_CODES.includes(code)) return this.#lost(opened);
    this.#stopped = true;
    this.#watch.stop();
    clearTimeout(this.#stable);
    this.#enter("offline");
    this.#events.refused(code);
  }

  /** @param {boolean} opened whether it had been a connection at all */
  #lost(opened) {
    this.#watch.stop();
    clearTimeout(this.#stable);
    if (this.#stopped) return;
    const wait = this.#retryMs ? Math.random() * this.#retryMs : this.#backoff.next();
    this.#retryMs = 0;
    this.#redial = setTimeout(() => this.#dial(), wait);
    this.#enter(this.#stateAfterLoss(opened));
  }

  /** @param {boolean} opened @returns {ConnectionState} */
  #stateAfterLoss(opened) {
    if (Date.now() < this.#restartUntil) return "restarting";
    return opened && navigator.onLine ? "connecting" : "offline";
  }

  /** The network is back, or the page is looked at again: no more waiting. */
  #hurry() {
    if (this.#stopped) return;
    this.#backoff.reset();
    if (this.#redial !== undefined) this.#dial();
    else this.#doubt();
  }

  /** Perhaps the connection is dead. The server may also be on this very device, so ask it. */
  #doubt() {
    if (this.state === "online") this.#watch.probe(PROBE_MS);
  }

  /** @param {ConnectionState} state */
  #enter(state) {
    if (state === this.state) return;
    this.state = state;
    this.#events.state();
  }
}
