// What looks wrong on a page by its geometry alone: controls that are cut off, covered, in each other's way or too small.
() => {
  const LEAST = 43.9;
  const CONTROLS = "button, a[href], input, select, summary, label:has(input), output";
  const FLOATING = ".bar, .panel, .side > button, .card";
  const faults = [];
  const nameOf = (each) => each.id || each.getAttribute("aria-label") || each.textContent.trim().slice(0, 30) || each.className;
  const shown = (each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && each.getClientRects().length > 0;
  const boxOf = (each) => each.getBoundingClientRect();
  const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const say = (what, ...who) => faults.push(`${what}: ${who.map(nameOf).join(" and ")}`);

  const modal = document.querySelector("dialog[open]") ?? [...document.querySelectorAll("#door")].find(shown) ?? document.body;
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) say(`${root.scrollWidth - root.clientWidth} px too wide`, root);
  for (const each of [modal, ...modal.querySelectorAll("*")].filter(shown)) {
    const { overflowX } = getComputedStyle(each);
    if (overflowX === "auto" && each.scrollWidth > each.clientWidth + 1) say("scrolls sideways", each);
    // Words may be cut off only where all of them are told in another way.
    const cut = each.scrollWidth > each.clientWidth + 1 && overflowX === "hidden" && !each.closest(".unseen");
    if (cut && !each.title && each !== document.body) say("words are cut off", each);
    const words = [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (words && each.scrollHeight > each.clientHeight + 2 && each.clientHeight && !each.closest(".unseen")) say("words run over", each);
  }

  // What lies outside of a list that scrolls can be scrolled to.
  const scrolledAway = (each) => {
    for (let list = each.parentElement; list; list = list.parentElement) {
      if (list.scrollHeight <= list.clientHeight + 1 || !/auto|scroll/.test(getComputedStyle(list).overflowY)) continue;
      const [own, outer] = [boxOf(each), boxOf(list)];
      if (own.top < outer.top - 1 || own.bottom > outer.bottom + 1) return true;
    }
    return false;
  };
  const scrolls = root.scrollHeight > innerHeight + 1;
  const controls = [...modal.querySelectorAll(CONTROLS)].filter((each) => shown(each) && !each.closest("[inert], .unseen") && !scrolledAway(each));
  for (const each of controls) {
    const box = boxOf(each);
    const out = box.left < -0.5 || box.right > innerWidth + 0.5 || box.top < -0.5 || (!scrolls && box.bottom > innerHeight + 0.5);
    if (out) say("lies outside of the window", each);
    else if (box.bottom <= innerHeight) {
      const top = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
      if (top && !each.contains(top) && !top.contains(each)) say("is covered", each, top);
    }
    // A link within a sentence is as high as its line; what stands in a label is hit by the whole label.
    const within = each.matches("output, p a, label input");
    if (!within && Math.min(box.width, box.height) < LEAST) say(`${Math.round(box.width)} x ${Math.round(box.height)} px`, each);
  }
  controls.forEach((one, i) => controls.slice(i + 1).forEach((other) => {
    if (one.contains(other) || other.contains(one)) return;
    if (overlap(boxOf(one), boxOf(other))) say("overlap", one, other);
  }));

  const floating = [...modal.querySelectorAll(FLOATING)].filter((each) => shown(each) && !each.parentElement?.closest(FLOATING));
  floating.forEach((one, i) => {
    const box = boxOf(one);
    if (!scrolls && !scrolledAway(one) && (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight)) say("reaches out of the window", one);
    for (const other of floating.slice(i + 1)) if (overlap(box, boxOf(other))) say("lies over the other", one, other);
  });
  const covered = floating.reduce((sum, each) => sum + boxOf(each).width * boxOf(each).height, 0);
  return { faults, controls: controls.length, free: 1 - covered / (innerWidth * innerHeight) };
}
