// @ts-check
/** The one spelling that path data has on the wire (V1). */

/** The greatest coordinate that a board knows. */
export const LIMIT = 1_000_000;

/**
 * @param {number} value finite
 * @returns {string} V1's spelling: at most 3 decimals, no trailing zeros, no -0, no exponent
 */
export function formatNumber(value) {
  const bounded = Math.max(-LIMIT, Math.min(LIMIT, value));
  // toFixed rounds the exact value (scaling by 1000 first would err on 1.0005); adding 0 turns -0 into 0.
  return String(Number(bounded.toFixed(3)) + 0);
}
