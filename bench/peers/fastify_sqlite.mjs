// Fastify with SQLite: one durable row for each webhook, known by the id of its delivery.
import fastify from 'fastify';
import { database, numberOf, receive } from './delivery.mjs';

const connection = database(process.env.BENCH_ROWS, 'FULL');
connection.exec('CREATE TABLE IF NOT EXISTS inbox (id INTEGER PRIMARY KEY, key INTEGER UNIQUE, body TEXT, at INTEGER)');
const insert = connection.prepare('INSERT INTO inbox (key, body, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
await receive(fastify, (event) => insert.run(numberOf(event), JSON.stringify(event), Date.now()));
