// What every Node peer does with a webhook: check the signature over the raw bytes, and later note its effect once.
import { createHmac, timingSafeEqual } from 'node:crypto';
import Database from 'better-sqlite3';

const key = Buffer.from(process.env.BENCH_SECRET);

/** The contents of a delivery; throws where it is forged. */
export function opened(raw, headers) {
  const expected = createHmac('sha256', key)
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`).update(raw).digest();
  const age = Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp']));
  const given = String(headers['webhook-signature']).split(' ').map((one) => Buffer.from(one.slice(3), 'base64'));
  const fits = given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  if (!fits || !(age < 300)) throw new Error('forged');
  return JSON.parse(raw);
}

export const numberOf = (event) => parseInt(event.hash.slice(0, 8), 16);

/** Opens a database; `synchronous` FULL is on disk after each commit, NORMAL with the operating system. */
export function database(path, synchronous) {
  const connection = new Database(path, { timeout: 10000 });
  connection.pragma('journal_mode = WAL');
  connection.pragma(`synchronous = ${synchronous}`);
  return connection;
}

/** A Fastify application that hands raw bodies to `take` and answers 200. */
export async function receive(fastify, take) {
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/webhooks', async (request) => {
    await take(opened(request.body, request.headers));
    return '';
  });
  await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
}
