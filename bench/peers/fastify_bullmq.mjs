// Fastify with BullMQ: one job for each webhook.
import { Queue } from 'bullmq';
import fastify from 'fastify';
import { receive } from './delivery.mjs';

const queue = new Queue('bench', { connection: { path: process.env.BENCH_QUEUE.slice('unix://'.length) } });
await receive(fastify, (event) => queue.add('handle', event, { removeOnComplete: true }));
