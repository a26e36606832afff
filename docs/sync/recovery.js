// After a restored backup the server has forgotten what came later. What this person made comes back from here;
// what the server itself had made is dropped, because it will be made anew.

const MADE_HERE = new Set(['facilities', 'audits', 'drafts', 'photos']);
const SIGNED = new Set(['audits', 'photos']); // that come to a tablet whole, or not at all
const MOST_RECEIPTS = 1000;

// page: the first of the new epoch. Gives everything of it as one page, so that an app that dies on the way begins
// again: RxDB keeps the new checkpoint only with the documents.
export async function recover(page, { door, name, held, own, memory, limit, pull, push }) {
  const whole = await rest(page, { limit, pull });
  const sent = new Set(whole.documents.map(({ id }) => id));
  const missing = (await held()).filter(({ id }) => !sent.has(id));
  const mine = MADE_HERE.has(name) ? toTellAgain(name, missing, await memory.made(name), own) : [];
  const asked = mine.filter(({ id }) => !sent.has(id));
  const said = await receipts(door, name, asked);
  const states = said.map(({ state }) => state);
  const rows = asked.filter((_, n) => states[n] === 'unknown');
  const unsent = asked.filter((_, n) => said[n].bytes === 'expected').map(({ id }) => id);
  if (unsent.length) await memory.bytesMissing?.(unsent); // photos that were sent, and forgotten
  const answers = rows.length ? await push(rows.map((row) => ({ newDocumentState: { ...row, _deleted: false } }))) : [];
  const elsewhere = asked.filter((_, n) => SIGNED.has(name) && states[n] === 'taken');
  const stays = new Set(asked.filter((each) => !elsewhere.includes(each)).map(({ id }) => id));
  const dropped = missing.filter(({ id }) => !stays.has(id)).map(({ id }) => ({ id, _deleted: true }));
  const documents = [...whole.documents, ...dropped, ...answers];
  if (!documents.length) await memory.settled(name, whole);
  return { documents, checkpoint: whole.checkpoint };
}

// A page and all that follow as one.
async function rest(page, { limit, pull }) {
  const documents = [...page.documents];
  while (page.documents.length >= limit) {
    page = await pull(page.checkpoint, limit);
    documents.push(...page.documents);
  }
  return { documents, checkpoint: page.checkpoint };
}

// What this person made, as it has to be sent: also what left the tablet since. A facility names nobody, and what
// the server sends of one does not say by which fixes it was found.
function toTellAgain(name, missing, made, own) {
  const again = new Map(made);
  for (const document of missing) {
    const original = made.get(document.id);
    if (name !== 'facilities') own(document) && again.set(document.id, document);
    else if (original) again.set(document.id, { ...document, fixes: original.fixes, district_code: original.district_code });
    else if (!('rev' in document)) again.set(document.id, document);
  }
  return [...again.values()];
}

// What the receipts of the server say of each.
async function receipts(door, name, documents) {
  const said = [];
  for (let at = 0; at < documents.length; at += MOST_RECEIPTS) {
    const body = documents.slice(at, at + MOST_RECEIPTS).map(({ id }) => ({ collection: name, id }));
    said.push(...(await door.json('/sync/receipts', { body })));
  }
  return said;
}

// For a collection: what was taken and is not sent lies outside the districts of the grant and leaves the tablet.
// outcomes: the collection of what became of pushed documents. Gives two functions, to be called before a page is
// asked for and with the last page.
export function watchStrays(collection, { name, outcomes, limit, pull }) {
  const looked = new Set(); // for as long as the app runs: a local copy that is being written stays until the next run

  // Ids of documents that are known to be taken, while the copy here says nothing of it.
  async function waiting() {
    if (!SIGNED.has(name) || !outcomes) return [];
    const taken = await outcomes.find({ selector: { collection: name, state: 'taken' } }).exec();
    const fresh = taken.map((outcome) => outcome.get('document')).filter((id) => !looked.has(id));
    const held = await collection.findByIds(fresh).exec();
    fresh.filter((id) => !held.has(id) || held.get(id).get('rev')).forEach((id) => looked.add(id));
    return fresh.filter((id) => !looked.has(id));
  }

  // The page, with what has to be done about those. A pull from the beginning decides: the document may have passed
  // by while its copy here was still on its way out.
  async function complete(page, ids) {
    const here = new Set(page.documents.map(({ id }) => id));
    const strays = ids.filter((id) => !here.has(id));
    if (!strays.length || page.documents.length >= limit) return page;
    const whole = await rest(await pull(undefined, limit), { limit, pull });
    const sent = new Map(whole.documents.map((document) => [document.id, document]));
    strays.forEach((id) => looked.add(id));
    const found = strays.map((id) => sent.get(id) ?? { id, _deleted: true });
    return { documents: [...page.documents, ...found], checkpoint: page.checkpoint };
  }

  return { waiting, complete };
}
