// What the grid finds in random boxes, and what looking at everything finds there.
async () => {
  const { Grid } = await import("/static/js/grid.js");
  const { meet } = await import("/static/js/box.js");
  const grid = new Grid();
  const all = [];
  let state = 3;
  const chance = (most) => ((state = (state * 1103515245 + 12345) % 2147483648) / 2147483648) * most;
  const box = (most) => {
    const [left, top] = [chance(4000) - 2000, chance(4000) - 2000];
    return { left, top, right: left + chance(most), bottom: top + chance(most) };
  };
  for (let i = 0; i < 600; i++) all.push({ i, box: box(4 ** (1 + chance(5))) });
  for (const thing of all) grid.add(thing);
  for (const thing of all.splice(0, 100)) grid.remove(thing);
  return Array.from({ length: 200 }, () => {
    const where = box(4 ** (1 + chance(5)));
    const names = (things) => things.map((thing) => thing.i).sort((a, b) => a - b).join();
    return [names(grid.search(where)), names(all.filter((thing) => meet(thing.box, where)))];
  });
}
