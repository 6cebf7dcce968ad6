// @ts-check
/** A window into the page for tests and for the curious: plain copies, nothing that could be changed. */

/** @import { RoomClient } from "./client.js" */
/** @import { Stage } from "./stage.js" */

/** @param {RoomClient} client @param {Stage} stage */
export function exposeHandle(client, stage) {
  const { replica, presence } = client;
  const handle = Object.freeze({
    paths: () => structuredClone(replica.view.paths()),
    count: () => replica.view.count,
    confirmed: () => structuredClone(replica.confirmed.paths()),
    live: () => structuredClone(presence.live()),
    cursors: () => [...presence.cursors].map(([user, [x, y]]) => ({ user, x, y })),
    users: () => [...presence.users].map(([user, name]) => ({ user, name })),
    user: () => presence.user,
    epoch: () => replica.epoch,
    seq: () => replica.seq,
    picture: () => stage.picture,
    camera: () => ({ x: stage.camera.x, y: stage.camera.y, zoom: stage.camera.zoom }),
  });
  Object.defineProperty(globalThis, "whiteboard", { value: handle });
}
