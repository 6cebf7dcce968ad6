// @ts-check
/** The start page: a name makes a room. */

import { createRoom } from "./api.js";
import { rememberRoom } from "./memory.js";
import { NameForm } from "./nameform.js";

new NameForm(async (name) => {
  const { room, session, token, invite } = await createRoom(name);
  rememberRoom(room.id, { token, invite, name: session.name, asked: Date.now() });
  location.assign(`/r/${room.id}#${invite}`);
}).focus();
