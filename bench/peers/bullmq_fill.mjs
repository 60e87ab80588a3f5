// Queues jobs that do nothing: node bullmq_fill.mjs HOW_MANY.
import { Queue } from 'bullmq';

const queue = new Queue('bench', { connection: { path: process.env.BENCH_QUEUE.slice('unix://'.length) } });
const count = Number(process.argv[2]);
for (let first = 0; first < count; first += 1000) {
  const some = Array.from({ length: Math.min(1000, count - first) }, (_, number) => first + number);
  await queue.addBulk(some.map((number) => ({ name: 'nothing', data: { number }, opts: { removeOnComplete: true } })));
}
process.exit(0);
