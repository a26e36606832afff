// What a tablet remembers beside its collections: the epoch of the server, and what was made on it, as it was made.

const KEPT = ['facilities', 'audits', 'photos']; // drafts change too often, and the rest is the server's
const NATIONAL = 'checklists'; // whose feed is the country's, with an epoch of its own
const SCHEMA = { title: 'memory', version: 0, primaryKey: 'id', type: 'object' };
SCHEMA.properties = { id: { type: 'string', maxLength: 100 } };

// The epoch is what stands before the first dot: another one means that a backup was restored.
export const epochOf = (checkpoint) => checkpoint.id.split('.')[0];

// To be called once, before anything is written. named: what the app calls the collections it does not call as we do.
export async function remember(database, named = {}) {
  const { memory } = await database.addCollections({ memory: { schema: SCHEMA } });
  // Before the document itself: a trace without a document does no harm.
  const trace = (name) => (document) =>
    'rev' in document || memory.insertIfNotExists({ id: `${name}/${document.id}`, document: asMade(document) });
  for (const name of KEPT) database[named[name] ?? name]?.preInsert(trace(name), false);
  const epoch = async (id) => (await memory.findOne(id).exec())?.get('epoch');

  return {
    // Whether a page is of another epoch than what its collection holds. A collection that was never sent anything
    // has no checkpoint: what counts for it is the epoch that the tablet heard first, or was last settled in.
    async isOfAnotherEpoch(page, name, checkpoint) {
      const came = epochOf(page.checkpoint);
      const held = checkpoint ? epochOf(checkpoint) : came;
      if (name === NATIONAL) return held !== came;
      const { epoch: first } = (await memory.insertIfNotExists({ id: 'epoch', epoch: held })).toMutableJSON();
      return (checkpoint ? held : first) !== came && (await epoch(`epoch/${name}`)) !== came;
    },

    // To be said when recovering left nothing to be written, so that no checkpoint tells of it.
    settled: (name, page) => memory.upsert({ id: `epoch/${name}`, epoch: epochOf(page.checkpoint) }),

    // What was made here of a collection, by id.
    async made(name) {
      const found = await memory.find({ selector: { id: { $gte: `${name}/`, $lt: `${name}0` } } }).exec();
      return new Map(found.map((trace) => trace.toMutableJSON().document).map((made) => [made.id, made]));
    },
  };
}

const asMade = (document) => Object.fromEntries(Object.entries(document).filter(([name]) => !name.startsWith('_')));
