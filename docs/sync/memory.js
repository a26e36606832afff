// What a tablet remembers beside its collections: what was made on it, as it was made, and for which epoch a collection
// was set right that no checkpoint tells of.

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

  // What was made here of a collection, by id.
  async function made(name) {
    const found = await memory.find({ selector: { id: { $gte: `${name}/`, $lt: `${name}0` } } }).exec();
    return new Map(found.map((trace) => trace.toMutableJSON().document).map((made) => [made.id, made]));
  }

  return {
    // Whether a page is of another epoch than what its collection holds. A collection that was never sent anything has
    // no checkpoint: what was made in it may have been sent before this page, to a server that has forgotten it.
    async isOfAnotherEpoch(page, name, checkpoint, held) {
      const came = epochOf(page.checkpoint);
      if (checkpoint) return epochOf(checkpoint) !== came;
      if (name === NATIONAL || (await memory.findOne(`epoch/${name}`).exec())?.get('epoch') === came) return false;
      return (await held()).length > 0 || (await made(name)).size > 0;
    },

    // To be said when recovering left nothing to be written, so that no checkpoint tells of it.
    settled: (name, page) => memory.upsert({ id: `epoch/${name}`, epoch: epochOf(page.checkpoint) }),
    made,
  };
}

const asMade = (document) => Object.fromEntries(Object.entries(document).filter(([name]) => !name.startsWith('_')));
