// @ts-check
/**
 * The words of the wire protocol as types. Nothing here runs.
 *
 * @typedef {{id: string, ts: number, d: string, color: string, width: number}} Path
 *   One vector stroke; `ts` is its stamp (server milliseconds * 4096 + counter).
 * @typedef {{d: string, color: string, width: number}} Ink  how a path looks
 * @typedef {{op: "put"} & Path} Put
 * @typedef {{op: "del", id: string, ts: number}} Del
 * @typedef {{op: "clear", ts: number}} Clear
 * @typedef {Put | Del | Clear} Op
 *
 * @typedef {{id: string, ts: number, color: string, width: number, points: number[]}} Stroke
 *   A path still being drawn: points as x, y, x, y, … in board units.
 * @typedef {{id: string, end: true}} StrokeEnd
 * @typedef {{user: number, name: string}} User
 * @typedef {[number, number, number] | [number, null]} CursorNews
 * @typedef {[number, Stroke | StrokeEnd]} StrokeNews
 *
 * @typedef {object} Welcome
 * @property {"welcome"} t
 * @property {number} user
 * @property {string} epoch
 * @property {number} seq
 * @property {number} time
 * @property {number} tick_ms
 * @property {number} max_frame
 * @property {User[]} users
 * @property {CursorNews[]} cursors
 * @property {StrokeNews[]} live
 * @property {"full" | "delta"} sync
 *
 * @typedef {{t: "snapshot", epoch: string, seq: number, paths: Path[], cleared: number, more: boolean}} Snapshot
 *
 * @typedef {object} Tick
 * @property {"tick"} t
 * @property {number} [seq]
 * @property {number} [from]
 * @property {Op[]} [ops]
 * @property {StrokeNews[]} [live]
 * @property {CursorNews[]} [cursors]
 * @property {User[]} [joined]
 * @property {number[]} [left]
 * @property {[number, number][]} [acks]
 * @property {{count: number, sum: number}} [check]
 *
 * @typedef {{t: "error", code: string, detail?: string, n?: number, i?: number, id?: string, time?: number}} Refusal
 * @typedef {{t: "pong", c: number, time: number}} Pong
 * @typedef {{t: "bye", code?: string, retry_ms: number}} Bye
 * @typedef {Welcome | Snapshot | Tick | Refusal | Pong | Bye} ServerMessage
 *
 * @typedef {{t: "batch", n?: number, ops?: Op[], live?: (Stroke | StrokeEnd)[], cursor?: [number, number] | null}} Batch
 * @typedef {"connecting" | "online" | "offline" | "restarting"} ConnectionState
 */

export {};
