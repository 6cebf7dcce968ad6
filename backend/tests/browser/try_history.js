// What the history says to undo, and what it keeps, as one goes along.
async () => {
  const { History } = await import("/static/js/history.js");
  const kept = new Map();
  const keeper = {
    keep: (step, undone) => kept.set(step.key, { step: structuredClone(step), undone }),
    drop: (step) => kept.delete(step.key),
  };
  let now = 1000;
  const ink = (d, color = "#000000") => ({ d, color, width: 1 });
  const shown = new Map();
  const look = (id) => shown.get(id) && { id, ts: 1, ...shown.get(id) };
  const history = new History(keeper, () => now);
  const act = (id, after, kind) => {
    history.record([{ id, before: shown.get(id) ?? null, after }], kind);
    if (after) shown.set(id, after);
    else shown.delete(id);
  };
  const follow = (wishes) => {
    for (const { id, ink: wanted } of wishes ?? []) wanted ? shown.set(id, wanted) : shown.delete(id);
    return wishes;
  };
  const found = {};
  act("a", ink("1"));
  act("a", ink("2"), "nudge");
  now += 100;
  act("a", ink("3"), "nudge");
  found.joined = follow(history.undo(look));
  found.redone = follow(history.redo(look));
  shown.set("a", ink("3", "#ff0000"));
  found.fieldwise = follow(history.undo(look));
  found.creationOfWhatOthersChanged = follow(history.undo(look));
  act("b", ink("5"));
  act("b", null);
  shown.set("b", ink("6"));
  found.deletionThatOthersUndid = follow(history.undo(look));
  shown.clear();
  for (let i = 0; i < 700; i++) act(`n${i}`, ink("7"));
  follow(history.undo(look));
  found.steps = kept.size;
  const rows = [...kept.values()].sort((a, b) => (a.step.key < b.step.key ? -1 : 1));
  const later = new History(keeper, () => now);
  later.restore(rows);
  found.again = follow(later.redo(look));
  found.latest = follow(later.undo(look));
  for (let i = 0; i < 8; i++) act(`heavy${i}`, ink("8".repeat(6_000_000)));
  found.heavy = kept.size;
  // Done before there was a place to keep it: it is kept then, once, above what an earlier page left.
  kept.clear();
  const early = new History(keeper, () => ++now);
  early.record([{ id: "before", before: null, after: ink("9") }]);
  const twice = [...kept.values()];
  kept.clear();
  early.restore([{ step: { key: "0", changes: [{ id: "earlier", before: null, after: ink("9") }] }, undone: false }, ...twice]);
  found.early = [...kept.values()].map(({ step, undone }) => [step.changes[0].id, undone]);
  shown.set("earlier", ink("9")).set("before", ink("9"));
  found.order = [early.undo(look), early.undo(look), early.undo(look)].map((wishes) => wishes?.[0].id ?? null);
  return found;
}
