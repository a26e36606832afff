// One stream of changes for all collections. It only says which to pull: nothing can be missed or come twice.

import { Subject } from 'rxjs';
import { wait } from './door.js';

// Gives a function: name of a collection to what RxDB wants as `stream$`. Ends with the door.
export function listen(door) {
  const subjects = new Map();
  const changes = (name) => subjects.get(name) ?? subjects.set(name, new Subject()).get(name);
  const pullAgain = (names) => names.forEach((name) => changes(name).next('RESYNC'));

  async function listenOnce(hear) {
    const answer = await door.ask('/sync/pullStream', { accept: 'text/event-stream' });
    pullAgain([...subjects.keys()]); // whatever changed while nobody listened
    for await (const line of lines(answer.body)) hear(line);
  }

  async function listenAlways() {
    let pause = 1000; // ms, until the server says another
    while (!door.signal.aborted) {
      await listenOnce((line) => {
        if (line.startsWith('retry:')) pause = Number(line.slice(6));
        if (line.startsWith('data:')) pullAgain(JSON.parse(line.slice(5)).collections);
      }).catch(() => {}); // the link died, or the server is away: the next round says so again
      await wait(pause, door.signal);
    }
  }

  listenAlways();
  return changes;
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const split = (rest + part.value).split('\n');
    rest = split.pop();
    yield* split;
  }
}
