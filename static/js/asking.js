// A request to ourselves, and its answer: status, ok, and what it said where that was for a script.

const PATIENCE_MS = 15_000;

export async function ask(address, options) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(address, {
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
      signal: patience.signal,
      ...options,
    });
    const isForUs = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    return { status: answer.status, ok: answer.ok, said: isForUs ? await answer.json() : null };
  } finally {
    clearTimeout(timer);
  }
}
