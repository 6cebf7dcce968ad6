// The same history drawn by way of tiles and drawn at once: how many pixels differ after each step.
async (seed) => {
  const { Camera } = await import("/static/js/camera.js");
  const { InkLayer, placementOf } = await import("/static/js/ink.js");
  const { Scene } = await import("/static/js/scene.js");
  let state = seed;
  const chance = (most) => ((state = (state * 1103515245 + 12345) % 2147483648) / 2147483648) * most;
  const context = Object.assign(document.createElement("canvas"), { width: 640, height: 520 }).getContext("2d");
  const plain = Object.assign(document.createElement("canvas"), { width: 640, height: 520 }).getContext("2d");
  const surface = { context, ratio: 1, width: 640, height: 520 };
  const [camera, scene, ink] = [new Camera(), new Scene(), new InkLayer(surface, (color) => color)];
  const paths = new Map();
  const at = () => Math.round(chance(1200) - 250);
  const put = (id) => {
    const [x, y] = [at(), at()];
    const d = `M${x} ${y}Q${x + 50} ${y - 90} ${x + 20} ${y + 60}L${x + 90} ${y + 10}`;
    const color = chance(1) < 0.3 ? "#1971c280" : "#e03131";
    paths.set(id, { id, ts: 1, d, color, width: 1 + Math.round(chance(30)) });
  };
  const name = () => String(Math.floor(chance(1e6))).padStart(7, "0");
  let now = 0;
  const settle = () => { do now += 17; while (ink.draw(camera, scene, now)); };
  const differing = () => {
    const { scale, x, y } = placementOf(surface, camera);
    plain.setTransform(1, 0, 0, 1, 0, 0);
    plain.clearRect(0, 0, 640, 520);
    plain.setTransform(scale, 0, 0, scale, x, y);
    plain.lineCap = plain.lineJoin = "round";
    for (const path of [...paths.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      plain.strokeStyle = path.color;
      plain.lineWidth = path.width;
      plain.stroke(new Path2D(path.d));
    }
    const [a, b] = [context, plain].map((each) => each.getImageData(0, 0, 640, 520).data);
    let count = 0;
    for (let i = 0; i < a.length; i += 4) {
      if (Math.max(...[0, 1, 2, 3].map((j) => Math.abs(a[i + j] * (j < 3 ? a[i + 3] / 255 : 1) - b[i + j] * (j < 3 ? b[i + 3] / 255 : 1)))) > 80) count++;
    }
    return count;
  };
  for (let i = 0; i < 60; i++) put(name());
  scene.reset([...paths.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
  const found = [];
  const acts = {
    below: () => { const id = name(); put(id); scene.set(id, paths.get(id)); },
    above: () => { const id = `9${name()}`; put(id); scene.set(id, paths.get(id)); },
    change: () => { const id = [...paths.keys()][Math.floor(chance(paths.size))]; put(id); scene.set(id, paths.get(id)); },
    erase: () => { const id = [...paths.keys()][Math.floor(chance(paths.size))]; paths.delete(id); scene.set(id, undefined); },
    pan: () => camera.pan(chance(400) - 200, chance(400) - 200),
    zoom: () => camera.zoomAt(320, 260, 0.6 + chance(1)),
    hide: () => { const id = [...paths.keys()][0]; scene.hide([id]); settle(); scene.hide([]); },
    all: () => { paths.clear(); for (let i = 0; i < 40; i++) put(name()); scene.reset([...paths.values()].sort((a, b) => (a.id < b.id ? -1 : 1))); },
  };
  settle();
  found.push(["start", differing()]);
  for (let turn = 0; turn < 40; turn++) {
    const names = Object.keys(acts);
    const act = names[Math.floor(chance(names.length))];
    acts[act]();
    // Now and then the next change comes before this one is on the screen.
    if (chance(1) < 0.3) continue;
    settle();
    found.push([act, differing()]);
  }
  return found;
}
