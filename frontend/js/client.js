// @ts-check
/** One person's end of a room: takes what the server says, and what is drawn here, and keeps both in step. */

import { Clock } from "./clock.js";
import { Connection } from "./connection.js";
import { CAN_GUNZIP } from "./decode.js";
import { readMessage } from "./messages.js";
import { Presence } from "./presence.js";
import { Replica } from "./replica.js";
import { Sender } from "./sender.js";
import { IdSource } from "./uuid.js";

/** @import { ConnectionState, Op, Refusal, ServerMessage, Tick, Welcome } from "./types.js" */
/** @import { Entry } from "./outbox.js" */

/** @typedef {{connection: ConnectionState, open: boolean, met: boolean, pending: number, storage: boolean}} Status
 *   open: connected or trying to be; met: this page has been connected before; pending: ops not acknowledged;
 *   storage: the server can write */

/**
 * @typedef {object} ClientEvents
 * @property {() => void} drawing the view or somebody's presence changed
 * @property {() => void} status
 * @property {() => void} people somebody came or went
 * @property {(code: string) => void} notice one of our ops came to nothing, and why
 * @property {(code: number) => void} refused the connection was closed for good
 */

/** How often an op gets a new stamp before it is given up. */
const TRIES = 3;
/** Bytes of a frame that a path's data must leave to what surrounds it. */
const BESIDE = 512;

export class RoomClient {
  clock = new Clock();
  ids = new IdSource(() => this.clock.serverNow());
  replica = new Replica();
  presence = new Presence();
  token = "";
  #events;
  #connection;
  sender;
  #welcomed = false;
  #met = false;
  #storage = true;
  #resyncing = false;
  #telling = false;

  /** @param {string} url of the room's WebSocket @param {ClientEvents} events */
  constructor(url, events) {
    this.#events = events;
    this.#connection = new Connection(url, {
      hello: () => this.#hello(),
      ping: () => ({ t: "ping", c: Date.now() }),
      frame: (text) => this.#take(text),
      damaged: (error) => this.#damaged(error),
      state: () => this.#stateChanged(),
      refused: (code) => events.refused(code),
    });
    this.sender = new Sender(this.#connection, this.replica.outbox);
  }

  /** @param {string} token */
  open(token) {
    this.token = token;
    this.#connection.open();
  }

  /** @returns {Status} */
  status() {
    const pending = this.replica.outbox.size;
    const { state: connection, isOpen: open } = this.#connection;
    return { connection, open, met: this.#met, pending, storage: this.#storage || !pending };
  }

  /** @param {Op} op one's own, stamped by `clock` */
  edit(op) {
    if (op.op === "put" && op.d.length > this.sender.maxFrame - BESIDE) return this.#events.notice("too_large");
    this.replica.edit(op);
    this.#edited();
  }

  /** @param {Op[]} ops of an earlier page, never acknowledged: they go on as they are (S5) */
  adopt(ops) {
    for (const op of ops) {
      this.clock.saw(op.ts);
      this.replica.edit(op);
    }
    if (ops.length) this.#edited();
  }

  /** Of ten thousand edits at once, once is told. */
  #edited() {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      this.sender.schedule();
      this.#events.drawing();
      this.#events.status();
    });
  }

  /** What an earlier page saw, until the server says more; then it may tell what has changed only. @param {import("./lastseen.js").Seen} seen */
  recall({ epoch, seq, cleared, paths }) {
    if (this.#met || this.replica.epoch) return;
    this.replica.snapshot({ t: "snapshot", epoch, seq, cleared, paths, more: false });
    this.clock.saw(this.replica.confirmed.newest);
    this.#events.drawing();
  }

  /** @returns {Omit<import("./lastseen.js").Seen, "room" | "at">} what the server has confirmed */
  seen() {
    const { epoch, seq, confirmed } = this.replica;
    return { epoch, seq, cleared: confirmed.cleared, paths: confirmed.paths() };
  }

  /** The stroke under way came to nothing. */
  abandon() {
    const id = this.sender.abandon();
    if (id) this.edit({ op: "del", id, ts: this.clock.next() });
  }

  /** @returns {object} */
  #hello() {
    this.#welcomed = false;
    const hello = { t: "hello", token: this.token, gzip: CAN_GUNZIP };
    const since = this.replica.since();
    return since ? { ...hello, since } : hello;
  }

  #stateChanged() {
    const { state } = this.#connection;
    if (state !== "online") this.presence.lose();
    // A server that is about to restart may still acknowledge something.
    if (state !== "online" && state !== "restarting") this.replica.outbox.lose();
    this.#events.drawing();
    this.#events.status();
  }

  /** @param {string} text */
  #take(text) {
    const message = readMessage(text);
    if (message) this.#handle(message);
  }

  /** A message that cannot be understood leaves our state in doubt: begin anew from all of the server's. @param {unknown} error */
  #damaged(error) {
    console.error("A message from the server could not be used:", error);
    this.replica.distrust();
    this.#connection.reconnect();
  }

  /** @param {ServerMessage} message */
  #handle(message) {
    switch (message.t) {
      case "welcome": return this.#welcome(message);
      case "snapshot":
        this.#resyncing = false;
        this.replica.snapshot(message);
        this.clock.saw(this.replica.confirmed.newest);
        return this.#events.drawing();
      case "tick": return this.#tick(message);
      case "error": return this.#refusal(message);
      case "pong": return this.clock.learnFromPing(message.time, message.c);
      case "bye": return this.#connection.expectRestart(message.retry_ms);
    }
  }

  /** @param {Welcome} welcome the first of a connection, or a later one (S9): then n and unacknowledged ops go on */
  #welcome(welcome) {
    this.clock.learn(welcome.time);
    this.presence.welcome(welcome);
    this.replica.welcome(welcome);
    this.#resyncing = false;
    this.sender.tickMs = welcome.tick_ms;
    this.sender.maxFrame = welcome.max_frame;
    if (!this.#welcomed) this.#begin();
    for (const [, stroke] of welcome.live) if ("ts" in stroke) this.clock.saw(stroke.ts);
    this.#events.people();
    this.#events.drawing();
    this.#events.status();
  }

  #begin() {
    this.#welcomed = this.#met = true;
    this.#storage = true;
    this.#connection.established();
    this.#connection.send({ t: "ping", c: Date.now() });
    const stray = this.sender.restart();
    if (stray) this.edit({ op: "del", id: stray, ts: this.clock.next() });
  }

  /** @param {Tick} tick */
  #tick(tick) {
    for (const op of tick.ops ?? []) this.clock.saw(op.ts);
    for (const [, stroke] of tick.live ?? []) if ("ts" in stroke) this.clock.saw(stroke.ts);
    const result = this.replica.tick(tick);
    if (result === "gap") return this.#connection.reconnect();
    if (result === "diverged") this.#resync();
    this.presence.tick(tick, (id) => this.replica.confirmed.get(id)?.ts ?? 0);
    if (tick.joined || tick.left) this.#events.people();
    for (const [user, n] of tick.acks ?? []) if (user === this.presence.user) this.#acknowledged(n);
    this.#events.drawing();
  }

  #resync() {
    if (this.#resyncing) return;
    this.#resyncing = true;
    this.#connection.send({ t: "resync" });
  }

  /** @param {number} n */
  #acknowledged(n) {
    if (this.replica.acknowledge(n)) this.#storage = true;
    this.#events.status();
  }

  /** @param {Refusal} refusal */
  #refusal(refusal) {
    const { code, n, i, id } = refusal;
    if (code === "storage_unavailable") {
      this.#storage = false;
      return this.#events.status();
    }
    console.warn(`The server refused something: ${code}`, refusal.detail ?? "");
    const entry = this.replica.outbox.refuse(n, i, id);
    if (!entry) return;
    this.replica.retract();
    if (code === "clock_skew" || code === "too_old") this.#stampAnew(entry, refusal);
    else this.#events.notice("invalid_op");
    this.#events.drawing();
    this.#events.status();
  }

  /** @param {Entry} entry @param {Refusal} refusal */
  #stampAnew({ op, tries }, { code, time }) {
    if (time !== undefined) this.clock.correct(time, this.replica.confirmed.newest);
    // An edit made later has the last word; and a clear of long ago must not wipe what was drawn since.
    if (this.replica.outbox.overrules(op)) return;
    if (tries >= TRIES || (code === "too_old" && op.op === "clear")) return this.#events.notice(code);
    this.replica.edit({ ...op, ts: this.clock.next() }, tries + 1);
    this.#edited();
  }
}
