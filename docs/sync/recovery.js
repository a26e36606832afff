// After a restored backup the server has forgotten what came later. What this person made comes back from here;
// what the server itself had made is dropped, because it will be made anew.

const MADE_HERE = new Set(['facilities', 'audits', 'drafts', 'photos']);
const MOST_RECEIPTS = 1000;

// The epoch is what stands before the dot: another one means that a backup was restored.
export const epochOf = (checkpoint) => checkpoint.id.split('.')[0];

// page: the first of the new epoch. Gives everything of it as one page, so that an app that dies on the way begins
// again: RxDB keeps the new checkpoint only with the documents.
export async function recover(page, { door, name, held, own, limit, pull, push }) {
  const documents = [...page.documents];
  while (page.documents.length >= limit) {
    page = await pull(page.checkpoint, limit);
    documents.push(...page.documents);
  }
  const sent = new Set(documents.map(({ id }) => id));
  const missing = (await held()).filter(({ id }) => !sent.has(id));
  const mine = new Set(MADE_HERE.has(name) ? missing.filter(own) : []);
  const forgotten = await unknown(door, name, [...mine]);
  const rows = forgotten.map((document) => ({ newDocumentState: { ...document, _deleted: false } }));
  const answers = rows.length ? await push(rows) : [];
  const dropped = missing.filter((document) => !mine.has(document)).map(({ id }) => ({ id, _deleted: true }));
  return { documents: [...documents, ...answers, ...dropped], checkpoint: page.checkpoint };
}

// Those of these documents of which the server has no receipt.
async function unknown(door, name, documents) {
  const lost = [];
  for (let at = 0; at < documents.length; at += MOST_RECEIPTS) {
    const asked = documents.slice(at, at + MOST_RECEIPTS);
    const body = asked.map(({ id }) => ({ collection: name, id }));
    const receipts = await door.json('/sync/receipts', { body });
    lost.push(...asked.filter((_, n) => receipts[n].state === 'unknown'));
  }
  return lost;
}
