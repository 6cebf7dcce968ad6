// @ts-check
/**
 * Opens a board's page where the server cannot be reached. Only the page, which is the same for all boards, is kept here; what
 * it names the browser keeps by itself, for good. Where the server answers, its answer counts.
 */

const PAGES = "whiteboard-pages";
const BOARD = "/r/";
/** What proxies say of a server that is away. */
const AWAY = [502, 503, 504];
const worker = /** @type {any} */ (globalThis);

worker.addEventListener("install", (/** @type {any} */ event) => {
  worker.skipWaiting();
  event.waitUntil(fetch(`${BOARD}-`).then(keep));
});

// The page is asked for while this awakes.
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.registration.navigationPreload?.enable()));

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { mode, url } = event.request;
  if (mode === "navigate" && new URL(url).pathname.startsWith(BOARD)) event.respondWith(answer(event));
});

/** @param {any} event @returns {Promise<Response>} */
async function answer(event) {
  const given = await Promise.resolve(event.preloadResponse).then((early) => early ?? fetch(event.request)).catch(() => null);
  if (given?.ok) event.waitUntil(keep(given.clone()));
  if (given && !AWAY.includes(given.status)) return given;
  return (await caches.match(BOARD)) ?? given ?? Response.error();
}

/** @param {Response} page */
async function keep(page) {
  if (page.ok) await (await caches.open(PAGES)).put(BOARD, page);
}
