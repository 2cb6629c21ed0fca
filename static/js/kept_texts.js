// What is typed is kept on this computer until the server has it.
//
// Each opening of a form keeps its own entry, so that two tabs never write over each other. Its name
// begins with who writes what, so that nobody is shown what another person typed here.

const PREFIX = "draft|";
const MONTH_MS = 30 * 24 * 3_600_000;

export class KeptTexts {
  constructor(about) {
    this.prefix = `${PREFIX}${about}|`;
    this.own = `${this.prefix}${Date.now()}-${Math.random().toString(36).slice(2)}`;
    this.forgetWhatWasSent();
  }

  // A form that was sent by a button leaves its page before it knows that it has arrived. Where its
  // form is never opened again, the copy goes after a month, whoever it was of.
  forgetWhatWasSent() {
    for (const name of names(PREFIX)) {
      const entry = read(name);
      if (entry && entry.sent && Date.now() - Date.parse(entry.at) > MONTH_MS) {
        this.forget(name);
      }
    }
  }

  // Says whether the browser took it: it may be told to keep nothing, or be full.
  keep(entry) {
    try {
      localStorage.setItem(this.own, JSON.stringify(entry));
      return true;
    } catch {
      return false;
    }
  }

  // What this opening has kept, or null.
  kept() {
    return read(this.own);
  }

  forget(name = this.own) {
    try {
      localStorage.removeItem(name);
    } catch {
      // Nothing is kept where nothing can be removed.
    }
  }

  // What other openings of the same form by the same person left behind: [name, entry], oldest first.
  others() {
    return names(this.prefix)
      .filter((name) => name !== this.own)
      .map((name) => [name, read(name)])
      .filter(([, entry]) => entry && Array.isArray(entry.fields))
      .sort(([, one], [, other]) => (one.at < other.at ? -1 : 1));
  }
}

function names(prefix) {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}
