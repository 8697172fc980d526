// The jobs that every store in JavaScript does, and the time that they take. The records are objects, as a program
// in JavaScript has them: they are parsed before any clock runs.
import { readFileSync } from 'node:fs';

function readRecords(directory, number) {
  const lines = readFileSync(`${directory}/records-${number}.jsonl`, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

// CPU seconds (of all threads), and seconds.
async function secondsOf(job) {
  const began = process.hrtime.bigint();
  const before = process.cpuUsage();
  await job();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1e6, Number(process.hrtime.bigint() - began) / 1e9];
}

// store: { save(array), readAll(limit) }, which may be asynchronous. readAll returns how many records it has
// read.
export async function measure(name, store, directory) {
  const report = (job, [cpu, wall]) => console.log(`${name}|${job}|${cpu.toFixed(4)}|${wall.toFixed(4)}`);
  const saveAll = (arrays) => async () => {
    for (const records of arrays) await store.save(records);
  };
  const arrays = readRecords(directory, 0);
  const changed = readRecords(directory, 1);
  report('first save', await secondsOf(saveAll(arrays)));
  report('unchanged', await secondsOf(saveAll(arrays)));
  report('10 % changed', await secondsOf(saveAll(changed)));
  let count = 0;
  report('reading', await secondsOf(async () => { count = await store.readAll(100); }));
  if (count !== arrays.flat().length) throw new Error(`${name} has read ${count} records`);
}
