// Uploads by tus-js-client, each under a name of its own.

import { readFileSync } from 'node:fs';
import { Upload } from 'tus-js-client';
import { obey } from './commands.js';

const uploads = new Map();

await obey({
  // Begins an upload and comes back at once.
  begin({ name, file, url, token, metadata, chunkSize }) {
    const ended = new Promise((done) => {
      const upload = new Upload(readFileSync(file), {
        endpoint: `${url}/uploads/`,
        headers: { Authorization: `Bearer ${token}` },
        metadata,
        chunkSize: chunkSize ?? Infinity,
        retryDelays: [0, 50, 100, 200, 400, 800],
        storeFingerprintForResuming: false,
        onSuccess: () => done({ url: upload.url }),
        onError: (error) => done({ refused: error.originalResponse?.getStatus() ?? String(error) }),
        onProgress: (sent) => (upload.sent = sent),
        onChunkComplete: () => upload.chunkDone?.(),
      });
      uploads.set(name, upload);
      upload.start();
    });
    uploads.get(name).ended = ended;
  },

  end: ({ name }) => uploads.get(name).ended,

  // Waits for the first piece to be taken, then gives the upload up and has it ended on the server.
  async giveUp({ name }) {
    const upload = uploads.get(name);
    if (!upload.sent) await new Promise((done) => (upload.chunkDone = done));
    await upload.abort(true);
    return { url: upload.url };
  },
});
