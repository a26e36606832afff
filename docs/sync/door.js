// Asking the server, and what its refusals mean: 401 waits for a sign-in, 403 and 426 stop this tablet, 503 waits.

const PACKED_FROM = 1024; // characters; below, packing saves nothing

export class Refused extends Error {
  constructor(status, problem) {
    super(`${status} ${problem?.title ?? 'refused'}`);
    Object.assign(this, { status, problem });
  }
}

export const wait = (ms, signal) =>
  new Promise((done) => {
    const over = () => done(clearTimeout(timer), signal.removeEventListener('abort', over));
    const timer = setTimeout(over, signal.aborted ? 0 : ms);
    signal.addEventListener('abort', over);
  });

// url: of the server, without a slash at its end. device: id of this tablet. token(): the token, or its promise.
// signIn(): called when it was refused, resolves when there is another. stopped(status): this tablet must stop.
export function openDoor({ url, device, token, signIn, stopped = () => {} }) {
  const closing = new AbortController();
  const { signal } = closing;
  let signingIn = null; // shared: nine collections must not ask a person nine times

  async function ask(path, { body, accept = 'application/json' } = {}) {
    const used = await token();
    const headers = { Authorization: `Bearer ${used}`, Accept: accept, 'Device-Time': new Date().toISOString() };
    if (device) headers['Device-Id'] = device;
    const request = { headers, signal };
    if (body !== undefined) Object.assign(request, await packed(JSON.stringify(body), headers));
    const answer = await fetch(url + path, request);
    if (answer.ok) return answer;
    const problem = await answer.json().catch(() => null); // a proxy's page in HTML is no reason to fall over
    if (answer.status === 401) {
      if (used === (await token())) await (signingIn ??= signIn().finally(() => (signingIn = null)));
      if (used !== (await token())) return ask(path, { body, accept });
    }
    if ((answer.status === 403 || answer.status === 426) && !signal.aborted) close(answer.status);
    if (answer.status === 503) await wait(1000 * (Number(answer.headers.get('Retry-After')) || 0), signal);
    throw new Refused(answer.status, problem);
  }

  function close(status) {
    closing.abort();
    if (status) stopped(status);
  }

  return { ask, close, signal, json: async (path, options) => (await ask(path, options)).json() };
}

async function packed(text, headers) {
  headers['Content-Type'] = 'application/json';
  if (text.length < PACKED_FROM || typeof CompressionStream === 'undefined') return { method: 'POST', body: text };
  headers['Content-Encoding'] = 'gzip';
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return { method: 'POST', body: await new Response(stream).arrayBuffer() };
}
