// A tablet with RxDB, driven line by line: a command comes in as JSON, what came of it goes out as JSON.

import { createRxDatabase } from 'rxdb/plugins/core';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { obey } from './commands.js';
import { openDoor } from './door.js';
import { remember } from './memory.js';
import { replicate } from './replication.js';
import { listen } from './stream.js';

const COLLECTIONS = ['facilities', 'checklists', 'audits', 'drafts', 'violations'];
COLLECTIONS.push('prescriptions', 'followups', 'photos', 'ranks', 'outcomes');
// Only the id is required: a tombstone has nothing else.
const ID = { type: 'string', maxLength: 36 };
const SCHEMA = { version: 0, primaryKey: 'id', type: 'object', properties: { id: ID } };

let database;
let about;
let door;
let memory;
let states = {};
let signedIn = null; // ends the wait for a sign-in
const seen = { refused: 0, stopped: [], conflicts: [], errors: [] };
const watchers = new Set(); // called whenever something was seen

function note(change) {
  change();
  watchers.forEach((watch) => watch());
}

function signIn() {
  note(() => (seen.refused += 1));
  return new Promise((done) => (signedIn = done));
}

async function dies() {
  throw new Error('the link died');
}

await obey({
  async open(wish) {
    about = wish;
    const storage = getRxStorageMemory();
    database = await createRxDatabase({ name: wish.device ?? wish.token, storage, multiInstance: false });
    const schemas = COLLECTIONS.map((name) => [name, { schema: { ...SCHEMA, title: name } }]);
    await database.addCollections(Object.fromEntries(schemas));
    memory = await remember(database);
  },

  async online({ deaf = false }) {
    const { url, device } = about;
    const stopped = (status) => note(() => seen.stopped.push(status));
    door = openDoor({ url, device, token: () => about.token, signIn, stopped });
    const changes = listen(door);
    const { json } = door;
    if (deaf) door.json = (path, ...rest) => (path.includes('/pull?') ? dies() : json(path, ...rest));
    const own = (document) => !document.author_id || document.author_id === about.person;
    for (const name of COLLECTIONS) {
      const state = replicate(database[name], { door, changes, memory, own, retryTime: 100 });
      state.conflict$.subscribe(({ input }) => note(() => seen.conflicts.push(input)));
      state.error$.subscribe((error) => note(() => seen.errors.push(error.message.slice(0, 2000))));
      states[name] = state;
    }
  },

  async offline() {
    door.close();
    await Promise.all(Object.values(states).map((state) => state.cancel()));
  },

  async synced() {
    Object.values(states).forEach((state) => state.reSync());
    await Promise.all(Object.values(states).map((state) => state.awaitInSync()));
  },

  token({ token }) {
    about.token = token;
    signedIn?.();
  },

  all: async ({ collection }) => (await database[collection].find().exec()).map((found) => found.toMutableJSON()),

  insert: async ({ collection, document }) => void (await database[collection].insert(document)),

  async patch({ collection, id, fields }) {
    const found = await database[collection].findOne(id).exec();
    await found.incrementalPatch(fields);
  },

  async remove({ collection, id }) {
    const found = await database[collection].findOne(id).exec();
    await found.remove();
  },

  // Waits until the document has these values; without any, until it is gone.
  until({ collection, id, fields }) {
    const same = (held) => Object.keys(fields).every((name) => held[name] === fields[name]);
    const wanted = (held) => (fields ? held && same(held) : !held);
    return new Promise((done) => {
      const watching = database[collection].findOne(id).$.subscribe((found) => {
        const held = found?.toMutableJSON() ?? null;
        if (!wanted(held)) return;
        queueMicrotask(() => watching.unsubscribe());
        done(held);
      });
    });
  },

  // Waits until so many things of a kind were seen.
  untilSeen({ kind, count }) {
    const enough = () => (typeof seen[kind] === 'number' ? seen[kind] : seen[kind].length) >= count;
    return new Promise((done) => {
      const watch = () => {
        if (enough()) done(seen[kind], watchers.delete(watch));
      };
      watchers.add(watch);
      watch();
    });
  },

  seen: () => seen,
});
