// @ts-check
/** The room page: builds its parts and ties them together. */

import { makeActions } from "./actions.js";
import { Arrivals } from "./arrivals.js";
import { Clipboard } from "./clipboard.js";
import { RoomClient } from "./client.js";
import { makeClearQuestion, makeHelp } from "./dialogs.js";
import { find } from "./dom.js";
import { Door } from "./door.js";
import { Editor } from "./editor.js";
import { Eraser } from "./eraser.js";
import { exposeHandle } from "./handle.js";
import { History } from "./history.js";
import { HistoryStore } from "./historystore.js";
import { InkPanel } from "./inkpanel.js";
import { listenToKeys } from "./keyboard.js";
import { KeyPen } from "./keypen.js";
import { ACTS, WORDS } from "./labels.js";
import { LastSeen } from "./lastseen.js";
import { letter } from "./lettering.js";
import { recallPlace, rememberPlace, sessionOf, takeReport } from "./memory.js";
import { People } from "./people.js";
import { PointerInput } from "./pointer.js";
import { rove } from "./roving.js";
import { Selection } from "./selection.js";
import { SelectionBar } from "./selectionbar.js";
import { SelectTool } from "./selecttool.js";
import { KINDS, ShapeTool } from "./shapetool.js";
import { Stage } from "./stage.js";
import { freeArea, makeCursorSwitch, showFollowed } from "./sight.js";
import { StatusLine } from "./statusline.js";
import { Style } from "./style.js";
import { Toolbar } from "./toolbar.js";
import { Pen } from "./tools.js";
import { Unsaved } from "./unsaved.js";
import { wordsForClipboard, wordsForNotice, wordsForSelection } from "./words.js";

letter();
const roomId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const scheme = location.protocol === "https:" ? "wss" : "ws";

let restored = false;
/** @type {Promise<import("./share.js").Share> | undefined} */
let sharing;
/** Whether somebody has as a file what could not be sent. */
let copied = false;
const status = new StatusLine();
const people = new People((user) => stage.follow.choose(user));
const arrivals = new Arrivals(say);
const client = new RoomClient(`${scheme}://${location.host}/api/rooms/${encodeURIComponent(roomId)}/ws`, {
  drawing: () => {
    stage.request();
    if (!restored && client.replica.epoch && client.status().connection !== "connecting") void restoreHistory();
  },
  status: () => showStatus(),
  people: () => {
    people.show(client.presence);
    arrivals.show(client.presence.users.values());
  },
  notice: (code) => status.notify(wordsForNotice(code)),
  refused: (code) => void door.refused(code),
});
const unsaved = new Unsaved(roomId, client.replica.outbox);
const door = new Door(roomId, (token) => client.open(token), (token) => { client.token = token; });
const lastSeen = new LastSeen(roomId);
const store = new HistoryStore();
const editor = new Editor(client, new History(store), () => toolbar.refresh());
const board = find("#board", HTMLCanvasElement);
const stage = new Stage({ board, live: find("#live", HTMLCanvasElement), cursors: find("#cursors", HTMLCanvasElement) }, client, editor);
const style = new Style();
const selection = new Selection(editor, stage);
const selectionBar = new SelectionBar(board);
const eraser = new Eraser(editor, stage);
const toolbar = new Toolbar(
  {
    select: new SelectTool(selection, stage),
    hand: null,
    pen: new Pen(client, editor, stage, style),
    line: new ShapeTool(KINDS.line, client, editor, stage, style),
    rectangle: new ShapeTool(KINDS.rectangle, client, editor, stage, style),
    ellipse: new ShapeTool(KINDS.ellipse, client, editor, stage, style),
    eraser,
  },
  editor,
);
const ink = new InkPanel(style);
/** @param {[number, number] | null} place */
const moveCursor = (place) => client.sender.moveCursor(place);
const pointer = new PointerInput(board, stage, { chosen: () => toolbar.tool, eraser }, moveCursor);
const keyPen = new KeyPen(stage, { chosen: () => toolbar.tool, selects: () => toolbar.chosen === "select" }, selection, moveCursor, say);
const actions = makeActions({
  editor,
  selection,
  stage,
  toolbar,
  ink,
  pointer,
  help: makeHelp(),
  clear: makeClearQuestion(() => editor.clear()),
});

stage.moved = () => toolbar.showZoom(stage.camera.zoom);
stage.free = freeArea;
stage.marks = () => {
  const boxes = selection.boxes();
  selectionBar.show(boxes.length);
  return boxes;
};
stage.follow.changed = () => showFollowed(stage.follow, people, client.presence, () => stage.request());
makeCursorSwitch(stage);
pointer.pressed = () => {
  keyPen.hide();
  people.fold();
};
selection.changed = () => say(wordsForSelection(selection.size));
style.changed = (news) => {
  ink.refresh();
  if (selection.size) news === "color" ? selection.recolour(style.color) : selection.changeWidth(style.width);
  else if (toolbar.chosen === "eraser" || toolbar.chosen === "hand") toolbar.choose("pen");
};
toolbar.changed = (tool) => {
  pointer.leave();
  if (tool !== "select") selection.clear();
  say(ACTS[tool]);
};
toolbar.bind(actions);
rove(find("#tools"));
rove(find("#zooms"));
listenToKeys(board, actions, keyPen, pointer);
new Clipboard(selection, stage, (done, count) => say(wordsForClipboard(done, count)), () => status.notify(WORDS.unreachable));
makeSharing("#copy-link", "copy");
makeSharing("#share", "show");
const report = takeReport(roomId);
if (report) void import("./importreport.js").then(({ showImportReport }) => showImportReport(report));
const place = recallPlace(roomId);
if (place) {
  Object.assign(stage.camera, { x: place.x, y: place.y, zoom: place.zoom });
  toolbar.choose(place.tool);
}
exposeHandle(client, stage);
const adopted = unsaved.takeOver((ops) => client.adopt(ops));
door.shut = async () => {
  const { offerCopy } = await import("./lastcopy.js");
  await adopted;
  offerCopy(roomId, client, () => (copied = true));
};
void lastSeen.recall().then((seen) => seen && client.recall(seen));
showStatus();
door.open();
performance.mark("ready");
void navigator.serviceWorker?.register("/sw.js").catch(console.warn);

// A link to the same room with another invite changes only the fragment, which loads nothing by itself.
addEventListener("hashchange", () => location.reload());
// A page may end without warning once it is hidden (phones), and may come back as it was.
document.addEventListener("visibilitychange", leave);
addEventListener("pagehide", leave);
addEventListener("beforeunload", (event) => {
  leave();
  if (client.status().pending && !copied) event.preventDefault();
});

function leave() {
  editor.finish();
  unsaved.leave();
  void lastSeen.keep(() => client.seen());
  const { x, y, zoom } = stage.camera;
  rememberPlace(roomId, { x, y, zoom, tool: toolbar.chosen });
}

function showStatus() {
  const now = client.status();
  unsaved.follow(now.connection !== "online" || !now.storage);
  if (now.connection === "online") door.passed();
  else if (now.met) void lastSeen.keep(() => client.seen());
  status.show({ ...now, kept: unsaved.works });
}

/** @param {string} words read aloud, not shown */
function say(words) {
  find("#said").textContent = words;
}

/** Not before the board has come: until then what one did earlier cannot be told from what others did since. */
async function restoreHistory() {
  restored = true;
  // Who comes for the first time sees all of it, unless a stroke has been begun meanwhile.
  const isNew = !place && !pointer.isBusy && !editor.history.canUndo;
  if (report || (isNew && stage.isCutOff)) stage.fit(1);
  await adopted;
  editor.history.restore(await store.enter(`${roomId} ${sessionOf(client.token)}`));
  toolbar.refresh();
}

/** Few give the board to others: what that takes is fetched when the button is about to be pressed. */
function fetchSharing() {
  sharing ??= import("./share.js").then(
    ({ Share }) => new Share({
      link: () => door.link,
      roomId,
      token: () => client.token,
      say: (words) => status.notify(words),
    }),
  );
  return sharing.catch((error) => {
    sharing = undefined;
    throw error;
  });
}

/** @param {string} id @param {"copy" | "show"} act */
function makeSharing(id, act) {
  const button = find(id);
  for (const sign of ["pointerenter", "focus"]) button.addEventListener(sign, () => void fetchSharing().catch(console.warn));
  button.addEventListener("click", () => void share(act));
}

/** @param {"copy" | "show"} act */
async function share(act) {
  try {
    (await fetchSharing())[act]();
  } catch {
    status.notify(WORDS.unreachable);
  }
}
