// What an outbox holds and sends, told step by step.
async () => {
  const { Outbox } = await import("/static/js/outbox.js");
  const put = (id, ts, d = "M0 0L1 1") => ({ op: "put", id, ts, d, color: "#000000", width: 1 });
  const told = [];
  const outbox = new Outbox();
  outbox.watcher = { came: (op) => told.push(`+${op.ts}`), left: (op) => told.push(`-${op.ts}`) };
  const waiting = () => outbox.ops().map((op) => op.ts);
  const found = {};

  // Away: one op a path is kept, the latest; a clear takes what it overrules with it.
  for (const op of [put("a", 1), put("b", 2), put("a", 3), { op: "del", id: "b", ts: 4 }, put("a", 2.5)]) outbox.add(op);
  found.away = waiting();
  outbox.add({ op: "clear", ts: 5 });
  outbox.add(put("c", 6));
  found.cleared = waiting();
  found.told = told.splice(0);

  // Connected: everything is sent, in batches, and only an acknowledgement settles it.
  outbox.restart();
  const batches = outbox.take(4_000_000);
  found.first = batches.map(({ n, ops }) => [n, ops.map((op) => op.ts)]);
  outbox.add(put("c", 7));
  outbox.add(put("c", 8));
  found.connected = [waiting(), outbox.waiting];
  outbox.take(4_000_000);
  found.settled = [outbox.acknowledge(1).map((op) => op.ts), waiting(), outbox.waiting];
  found.refused = [outbox.refuse(2, 0).op.ts, outbox.refuse(2, undefined, "c").op.ts, outbox.refuse(2, 5), outbox.size];

  // Lost: what was sent and not acknowledged is sent again, unless it was overruled meanwhile.
  for (const op of [put("d", 9), put("e", 10)]) outbox.add(op);
  outbox.take(4_000_000);
  outbox.lose();
  outbox.add(put("d", 11));
  outbox.restart();
  found.again = outbox.take(4_000_000).map(({ n, ops }) => [n, ops.map((op) => op.ts)]);
  outbox.acknowledge(1);

  // Ten thousand at once: so many bytes at a time, in batches that others' fit between.
  for (let i = 0; i < 3_000; i++) outbox.add(put(`p${i}`, 100 + i, `M0 0${"L10 10.5".repeat(100)}`));
  const sizes = [];
  while (outbox.waiting) sizes.push(outbox.take(4_000_000, 1_000_000).map((batch) => JSON.stringify(batch).length));
  found.shares = sizes.map((share) => share.reduce((a, b) => a + b));
  found.largest = Math.max(...sizes.flat());
  outbox.lose();
  outbox.restart();
  found.fits = Math.max(...outbox.take(2_000).map((batch) => JSON.stringify(batch).length));
  return found;
}
