// @ts-check
/** The room page: builds its parts and ties them together. */

import { RoomClient } from "./client.js";
import { find } from "./dom.js";
import { Door } from "./door.js";
import { Editor } from "./editor.js";
import { exposeHandle } from "./handle.js";
import { listenToKeys } from "./keyboard.js";
import { People } from "./people.js";
import { PointerInput } from "./pointer.js";
import { Share } from "./share.js";
import { Stage } from "./stage.js";
import { StatusLine } from "./statusline.js";
import { Toolbar } from "./toolbar.js";
import { Eraser, Pen } from "./tools.js";
import { Unsaved } from "./unsaved.js";
import { wordsForNotice } from "./words.js";

const roomId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const scheme = location.protocol === "https:" ? "wss" : "ws";

const unsaved = new Unsaved(roomId);
const status = new StatusLine();
const people = new People();
const client = new RoomClient(`${scheme}://${location.host}/api/rooms/${encodeURIComponent(roomId)}/ws`, {
  drawing: () => stage.request(),
  status: () => showStatus(),
  people: () => people.show(client.presence),
  notice: (code) => status.notify(wordsForNotice(code)),
  refused: (code) => void door.refused(code),
});
const door = new Door(roomId, (token) => client.open(token), (token) => { client.token = token; });
const editor = new Editor(client, () => toolbar.refresh());
/** @type {Pen} */
const pen = new Pen(client, editor, () => stage);
const eraser = new Eraser(editor, () => stage);
const toolbar = new Toolbar(pen, eraser, editor);
const board = find("#board", HTMLCanvasElement);
/** @type {Stage} */
const stage = new Stage(board, find("#overlay", HTMLCanvasElement), client, () => pen.stroke);
const pointer = new PointerInput(board, stage, { chosen: () => toolbar.chosen, eraser }, (place) => client.sender.moveCursor(place));

toolbar.zooms(stage);
listenToKeys(board, editor, toolbar, pointer);
new Share(() => door.link, (words) => status.notify(words));
exposeHandle(client);
client.adopt(unsaved.takeOver());
showStatus();
door.open();

// A link to the same room with another invite changes only the fragment, which loads nothing by itself.
addEventListener("hashchange", () => location.reload());
// A page may end without warning once it is hidden (phones), and may come back as it was.
document.addEventListener("visibilitychange", () => unsaved.keep(client.replica.outbox.ops()));
addEventListener("pagehide", () => unsaved.keep(client.replica.outbox.ops()));
addEventListener("beforeunload", (event) => {
  if (!unsaved.keep(client.replica.outbox.ops())) event.preventDefault();
});

function showStatus() {
  const now = client.status();
  if (!now.pending) unsaved.settled();
  if (now.connection === "online") door.passed();
  status.show(now);
}
