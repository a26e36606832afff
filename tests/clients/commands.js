// Lines of commands in, a line for each out: how the tests talk to a script.

import { createInterface } from 'node:readline';

export async function obey(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...wish } = JSON.parse(line);
    const answer = await Promise.resolve()
      .then(() => commands[command](wish))
      .then((value) => ({ value: value ?? null }), (error) => ({ error: String(error.stack ?? error) }));
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}
