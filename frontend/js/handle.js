// @ts-check
/** A window into the page for tests and for the curious: plain copies, nothing that could be changed. */

/** @import { RoomClient } from "./client.js" */

/** @param {RoomClient} client */
export function exposeHandle(client) {
  const { replica, presence } = client;
  const handle = Object.freeze({
    paths: () => structuredClone(replica.view.paths()),
    confirmed: () => structuredClone(replica.confirmed.paths()),
    live: () => structuredClone(presence.live()),
    cursors: () => [...presence.cursors].map(([user, [x, y]]) => ({ user, x, y })),
    users: () => [...presence.users].map(([user, name]) => ({ user, name })),
    user: () => presence.user,
    epoch: () => replica.epoch,
    seq: () => replica.seq,
  });
  Object.defineProperty(globalThis, "whiteboard", { value: handle });
}
