// @ts-check
/** The start page: a name makes a room, with the drawing of a file if one was given. */

import { createRoom, importRoom } from "./creating.js";
import { FileChoice } from "./filechoice.js";
import { letter } from "./lettering.js";
import { rememberReport, rememberRoom } from "./memory.js";
import { NameForm } from "./nameform.js";

letter();
const choice = new FileChoice();

new NameForm(async (name) => {
  const made = choice.file ? await importRoom(name, choice.file, (part) => choice.progress(part)) : await createRoom(name);
  const { room, session, token, invite } = made;
  rememberRoom(room.id, { token, invite, name: session.name, asked: Date.now() });
  if (made.import_report) rememberReport(room.id, made.import_report);
  location.assign(`/r/${room.id}#${invite}`);
}, () => choice.progress(null)).focus();
