// A client of the published addresses and of nothing else: no header beyond the token, bare arrays, lwt and id.

import { EventSource } from 'eventsource';
import { obey } from './commands.js';

let url;
let headers;
const checkpoints = {};
let changed = Promise.resolve();

async function pull({ collection, limit }) {
  const documents = [];
  for (;;) {
    const { lwt, id } = checkpoints[collection] ?? { lwt: 0, id: '' };
    // Not percent-encoded, as the oldest of such clients leave it.
    const answer = await fetch(`${url}/sync/${collection}/1/pull?lwt=${lwt}&id=${id}&limit=${limit}`, { headers });
    const page = await answer.json();
    documents.push(...page.documents);
    checkpoints[collection] = { lwt: page.checkpoint.lwt, id: page.checkpoint.id };
    if (page.documents.length < limit) return documents.filter(({ _deleted }) => !_deleted);
  }
}

await obey({
  open({ token, ...about }) {
    url = about.url;
    headers = { Authorization: `Bearer ${token}`, Accept: 'application/json', 'Content-Type': 'application/json' };
  },

  pull,

  // Comes back when the stream is open; `untilPulled` waits for what it says next.
  async listen({ collection }) {
    const withToken = (address, options) =>
      fetch(address, { ...options, headers: { ...options.headers, Authorization: headers.Authorization } });
    const source = new EventSource(`${url}/sync/${collection}/1/pullStream`, { fetch: withToken });
    await new Promise((open) => (source.onopen = open));
    changed = new Promise((done) => (source.onmessage = source.onerror = done));
    changed.then(() => source.close());
  },

  untilPulled: (wish) => changed.then(() => pull(wish)),

  async push({ collection, rows }) {
    const body = JSON.stringify(rows);
    return (await fetch(`${url}/sync/${collection}/1/push`, { method: 'POST', headers, body })).json();
  },

  async refusal({ path }) {
    const answer = await fetch(url + path, { headers });
    return { status: answer.status, body: await answer.json() };
  },
});
