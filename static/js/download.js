// A whole file. On a line that breaks, or goes dead without a word, it is asked for anew, so that nobody waits for ever
// and nobody need reload the page.

const STILL = 30_000; // ms without a byte after which a line is dead
const TRIES = 3;
const PAUSE = 1_000; // ms, twice as long before the last try

// Gives a Blob; throws where the server refuses, where no try succeeds, and what `signal` was aborted with.
export async function download(address, signal = null) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await once(address, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Refused || tried === TRIES) throw error;
    }
    await new Promise((go) => { setTimeout(go, tried * PAUSE); });
    signal?.throwIfAborted();
  }
}

class Refused extends Error {}

async function once(address, signal) {
  const line = new AbortController();
  const end = () => line.abort();
  const moves = () => {
    clearTimeout(timer);
    timer = setTimeout(end, STILL);
  };
  let timer = 0;
  moves();
  signal?.addEventListener("abort", end);
  try {
    const answer = await fetch(address, { signal: line.signal });
    if (!answer.ok) throw new Refused(`The file cannot be loaded (${answer.status}).`);
    const reader = answer.body.getReader();
    const parts = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(parts, { type: answer.headers.get("Content-Type") ?? "" });
      parts.push(value);
      moves();
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}
