// @ts-check
/** FNV-1a, 32 bits: the hash that S6's check sums up. */

/**
 * @param {string} text ASCII only: one code unit is taken as one byte.
 * @returns {number} an unsigned 32-bit integer
 */
export function fnv1a(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
