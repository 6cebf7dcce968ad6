// @ts-check
/** Finds what the page is made of. A part that is missing is a mistake in the page, so it is said at once. */

/**
 * @template {Element} [T=HTMLElement]
 * @param {string} selector
 * @param {new () => T} [kind]
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function find(selector, kind, within = document) {
  const element = within.querySelector(selector);
  if (!(element instanceof (kind ?? HTMLElement))) throw new Error(`the page has no ${selector}`);
  return /** @type {T} */ (element);
}

/** @param {string} selector @returns {HTMLElement[]} */
export function findAll(selector) {
  return [...document.querySelectorAll(selector)].filter((each) => each instanceof HTMLElement);
}
