// @ts-check
/** The HTTP requests that create a room. */

import { post, problem, RequestError } from "./api.js";

/** @import { Entered } from "./api.js" */

/** @typedef {{paths: number, skipped: {element: string, count: number, reason: string}[]}} ImportReport */
/** @typedef {Entered & {invite: string, import_report?: ImportReport}} Created */

/** @param {string} name @returns {Promise<Created>} */
export async function createRoom(name) {
  return /** @type {Created} */ (await post("/api/rooms", { name }));
}

/**
 * @param {string} name @param {File} drawing an SVG file
 * @param {(part: number) => void} progress how much was sent, 0 to 1 (`fetch` does not tell)
 * @returns {Promise<Created>}
 */
export function importRoom(name, drawing, progress) {
  const form = new FormData();
  form.set("name", name);
  form.set("drawing", drawing);
  const request = new XMLHttpRequest();
  request.open("POST", "/api/rooms");
  request.responseType = "json";
  return new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.upload.onload = () => progress(1);
    request.onerror = () => reject(new RequestError(0, "", "", 0));
    request.onload = () => {
      const { status, response } = request;
      if (status === 201) resolve(response);
      else reject(problem(status, response, request.getResponseHeader("Retry-After")));
    };
    request.send(form);
  });
}
