// A collection of RxDB 17 that is kept in step with the server.

import { replicateRxCollection } from 'rxdb/plugins/replication';
import { recover, watchStrays } from './recovery.js';

const VERSION = 1; // of the schema of every collection
const LONG = new Set(['audits', 'drafts', 'checklists']); // documents of which the server sends 500 at most
const PUSHED = new Set(['facilities', 'audits', 'drafts', 'followups', 'photos']);

// door: of door.js. changes: of stream.js. memory: of memory.js. own(document): whether this person made it; asked
// after a restored backup. name: what the server calls the collection. outcomes: the collection that the server calls
// so. Further options are RxDB's.
export function replicate(collection, { door, changes, memory, own = () => true, ...rest }) {
  const { name = collection.name, outcomes = collection.database.collections.outcomes, ...options } = rest;
  const held = async () => (await collection.find().exec()).map((document) => document.toMutableJSON());
  const pull = (checkpoint, limit) => door.json(`/sync/${name}/${VERSION}/pull?${query(checkpoint, limit)}`);
  const batchSize = LONG.has(name) ? 500 : 1000;
  const strays = watchStrays(collection, { name, outcomes, limit: batchSize, pull });
  const state = replicateRxCollection({
    collection,
    replicationIdentifier: `pandus/${name}`,
    live: true,
    pull: {
      batchSize,
      stream$: changes(name),
      handler: async (checkpoint, limit) => {
        const waiting = await strays.waiting();
        const page = await pull(checkpoint, limit);
        if (!(await memory.isOfAnotherEpoch(page, name, checkpoint, held))) return strays.complete(page, waiting);
        return recover(page, { door, name, held, own, memory, limit, pull, push: (rows) => push(door, name, rows) });
      },
    },
    push: PUSHED.has(name) ? { batchSize: 100, handler: (rows) => push(door, name, rows) } : undefined,
    ...options,
  });
  door.signal.addEventListener('abort', () => state.cancel(), { once: true });
  return state;
}

function query(checkpoint, limit) {
  return new URLSearchParams({ lwt: checkpoint?.lwt ?? 0, id: checkpoint?.id ?? '', limit });
}

// What the server wants in place of our own. A batch that is too large goes in halves, one after the other: if the
// second is cut off, RxDB sends all of it again, which changes nothing for the first.
async function push(door, name, rows) {
  try {
    return await door.json(`/sync/${name}/${VERSION}/push`, { body: rows });
  } catch (refused) {
    if (refused.status !== 413 || rows.length < 2) throw refused;
    const half = Math.ceil(rows.length / 2);
    return [...(await push(door, name, rows.slice(0, half))), ...(await push(door, name, rows.slice(half)))];
  }
}
