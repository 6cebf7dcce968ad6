// @ts-check
/** Within a bar of buttons the arrow keys go from one to the next, and Tab leaves it. */

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** @param {HTMLElement} bar */
export function rove(bar) {
  const all = () => [...bar.querySelectorAll("button")].filter((button) => button.getClientRects().length > 0);
  const stop = (/** @type {Element | null} */ at) => {
    for (const button of bar.querySelectorAll("button")) button.tabIndex = button === at ? 0 : -1;
  };
  stop(bar.querySelector("[aria-pressed=true]") ?? bar.querySelector("button"));
  bar.addEventListener("focusin", (event) => event.target instanceof HTMLButtonElement && stop(event.target));
  bar.addEventListener("keydown", (event) => {
    const buttons = all().filter((button) => !button.disabled);
    const at = buttons.findIndex((button) => button === event.target);
    const end = event.key === "Home" ? 0 : event.key === "End" ? buttons.length - 1 : undefined;
    const to = end ?? (event.key in STEPS ? (at + STEPS[event.key] + buttons.length) % buttons.length : -1);
    if (at < 0 || to < 0) return;
    event.preventDefault();
    buttons[to].focus();
  });
}
