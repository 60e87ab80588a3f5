// BullMQ's worker, fifty jobs at a time: notes each event's effect; jobs named `nothing` do nothing.
import { Worker } from 'bullmq';
import { database, numberOf } from './delivery.mjs';

const connection = { path: process.env.BENCH_QUEUE.slice('unix://'.length), maxRetriesPerRequest: null };
const note = database(process.env.BENCH_EFFECTS, 'NORMAL').prepare('INSERT OR IGNORE INTO effects VALUES (?, ?)');
const handle = async (job) => {
  if (job.name === 'handle') note.run(numberOf(job.data), Date.now() / 1000);
};
new Worker('bench', handle, { connection, concurrency: 50 });
