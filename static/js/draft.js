// A form that saves itself and says so. It never hands anything in.
//
// The form carries: data-draft, who writes what; data-writer, who opened it; data-saves, "yes",
// "by-hand" where two texts have to be merged first, "asked" where another lead has been asked about
// what is stored, or "never" where it is shut; data-unsaved where what it shows is not what is
// stored; data-saved-at and data-saved-by-writer of what is stored.
// Every word that is shown stands in the page, in the reader's language.

import { ask } from "./asking.js";
import { asLoaded, asTyped, fieldsOf, isStorable, storable } from "./draft_fields.js";
import { offer } from "./draft_offers.js";
import { KeptTexts } from "./kept_texts.js";

const QUIET_MS = 2_000;
const LONGEST_MS = 20_000;
const RETRIES_MS = [3_000, 6_000, 12_000, 30_000, 60_000];
// Browsers send no more than 64 KB for a page that is being left.
const LARGEST_PARTING = 60_000;

class Draft {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector(".draft-status");
    this.kept = new KeptTexts(form.dataset.draft);
    // What the server has, as far as it is known here.
    this.stored = "unsaved" in form.dataset ? null : storable(fieldsOf(form, asLoaded));
    this.unanswered = null;
    this.inFlight = null;
    this.shut = form.dataset.saves !== "yes";
    // A text that saved itself would take the question back, and its answer, unseen.
    this.asked = form.dataset.saves === "asked";
    this.saidAtFirst = this.status.textContent;
    this.signedOut = false;
    this.asking = false;
    this.passes = false;
    this.leaving = false;
    this.failures = 0;
    this.retrying = false;
    this.typedSince = 0;
    this.timer = 0;
  }

  begin() {
    this.form.addEventListener("input", () => this.typed());
    this.form.addEventListener("change", () => this.typed());
    this.form.addEventListener("submit", (event) => this.submitted(event));
    document.addEventListener("visibilitychange", () => this.looked());
    window.addEventListener("pagehide", () => this.save({ parting: true }));
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) {
        this.leaving = this.passes = false;
      }
    });
    window.addEventListener("online", () => this.save());
    // Another script waits for what is typed to be stored: it is told when that has been tried.
    this.form.addEventListener("draft-save", (event) => {
      event.detail.saved = this.settle();
    });
    window.addEventListener("focus", () => this.looked());
    if (this.stored === null) {
      this.keep();
      this.sayWhetherAsked();
    } else if (this.differs()) {
      // The browser has filled in again what was typed before.
      this.typed();
    }
    offer(this);
  }

  differs() {
    return storable(fieldsOf(this.form, asTyped)) !== this.stored;
  }

  // Whether something is typed that only this computer keeps.
  saysMore() {
    return fieldsOf(this.form, asTyped).some((pair) => !isStorable(pair) && pair[1]);
  }

  typed() {
    if (!this.differs() && !this.saysMore()) {
      this.kept.forget();
      this.sayWhetherAsked();
      return;
    }
    const isKept = this.keep();
    if (isKept) {
      this.sayWhetherAsked();
    } else if (this.asked) {
      this.say(this.status.dataset.notKept, "problem");
    }
    if (this.shut || this.signedOut || this.retrying) {
      return;
    }
    if (!isKept) {
      this.say(this.status.dataset.notKept);
    } else if (!this.failures && !this.inFlight && this.differs()) {
      this.say(this.status.dataset.typed, "passing");
    }
    this.typedSince ||= Date.now();
    this.saveIn(Math.max(0, Math.min(QUIET_MS, this.typedSince + LONGEST_MS - Date.now())));
  }

  sayWhetherAsked() {
    if (this.asked && this.differs()) {
      this.say(this.status.dataset.asked, "problem");
    } else if (this.asked) {
      this.say(this.saidAtFirst);
    }
  }

  keep(more = {}) {
    return this.kept.keep({
      at: new Date().toISOString(),
      version: this.version,
      fields: fieldsOf(this.form, asTyped),
      ...more,
    });
  }

  looked() {
    if (document.visibilityState === "hidden") {
      this.save({ parting: true });
    } else if (this.signedOut) {
      // Perhaps the person comes from signing in again in another tab.
      this.signedOut = false;
      this.save();
    }
  }

  get version() {
    return this.form.elements.namedItem("version").value;
  }

  set version(number) {
    this.form.elements.namedItem("version").value = number;
  }

  get key() {
    return this.form.elements.namedItem("csrfmiddlewaretoken").value;
  }

  set key(text) {
    this.form.elements.namedItem("csrfmiddlewaretoken").value = text;
  }

  saveIn(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), milliseconds);
  }

  // One request at a time: a second one would start from a version that the first makes old.
  async save({ parting = false } = {}) {
    clearTimeout(this.timer);
    if (this.inFlight || this.leaving || this.shut || this.signedOut || !this.differs()) {
      return;
    }
    this.typedSince = 0;
    this.inFlight = this.send(parting).finally(() => {
      this.inFlight = null;
    });
    await this.inFlight;
    if (!this.failures && !this.leaving && this.differs()) {
      this.saveIn(QUIET_MS);
    }
  }

  async settle() {
    await this.inFlight;
    await this.save();
  }

  async send(parting) {
    // Whether the server has the text whose answer was lost is not known. Sent again as it was, it
    // is recognised; a newer one would look like somebody else's over it.
    if (this.unanswered && !(await this.exchange(this.unanswered, parting))) {
      return;
    }
    if (!this.shut && this.differs()) {
      await this.exchange(fieldsOf(this.form, asTyped), parting);
    }
  }

  // Send these fields; says whether the server has stored them.
  async exchange(fields, parting, again = false) {
    this.unanswered = fields;
    this.say(this.status.dataset.saving, "passing");
    const body = new URLSearchParams(fields.filter(isStorable));
    body.set("csrfmiddlewaretoken", this.key);
    body.set("version", this.version);
    body.set("writer", this.form.dataset.writer);
    body.set("then", "autosave");
    let answer;
    try {
      answer = await ask(this.form.action, {
        method: "POST",
        body,
        keepalive: parting && body.toString().length < LARGEST_PARTING,
      });
    } catch {
      return this.failed(this.status.dataset.unreachable);
    }
    if (answer.status >= 500) {
      return this.failed(this.status.dataset.failed);
    }
    this.unanswered = null;
    this.failures = 0;
    this.retrying = false;
    if (answer.ok && answer.said) {
      return this.succeeded(fields, answer.said);
    }
    if (answer.status === 403 && !answer.said && !again) {
      // The key of the form is that of a session that has ended.
      return (await this.isOpen()) && this.exchange(fields, parting, true);
    }
    return this.refused(answer);
  }

  succeeded(fields, said) {
    this.version = said.version;
    this.stored = storable(fields);
    if (this.differs() || this.saysMore()) {
      this.keep();
    } else {
      this.kept.forget();
    }
    const time = said.saved_at;
    this.say(time ? this.status.dataset.saved.replace("{time}", time) : "");
    return true;
  }

  failed(words) {
    this.say(words, "problem");
    this.retrying = true;
    this.saveIn(RETRIES_MS[Math.min(this.failures, RETRIES_MS.length - 1)]);
    this.failures += 1;
    return false;
  }

  refused({ status, said }) {
    const words = this.status.dataset;
    const kind = said ? said.kind : "";
    if (kind === "signed_out") {
      this.saySignedOut();
    } else if (kind === "other_person") {
      this.signedOut = true;
      this.say(`${said.problem} ${words.kept}`, "problem");
    } else if (kind === "invalid") {
      // It is sent again once something has been typed that may mend it.
      this.failures = 1;
      this.say(`${said.problem} ${words.kept}`, "problem");
    } else if (kind === "asked") {
      this.shut = this.asked = true;
      this.sayWhetherAsked();
    } else if (kind === "measures") {
      this.shut = true;
      this.say(`${said.problem} ${words.kept}`, "problem");
    } else if (kind === "stale") {
      this.shut = true;
      this.say(`${said.problem} ${words.merge}`, "problem");
    } else {
      this.shut = true;
      this.say(said ? `${said.problem} ${words.copy}` : words.forbidden, "problem");
    }
    return false;
  }

  saySignedOut() {
    this.signedOut = true;
    this.say(this.status.dataset.signedOut, "problem");
    const link = document.createElement("a");
    link.href = this.status.dataset.signIn;
    link.target = "_blank";
    link.textContent = this.status.dataset.signInWords;
    this.status.append(" ", link);
  }

  // What is "passing" is seen but not read out: every pause in typing would be spoken over.
  say(words, tone = "") {
    this.status.setAttribute("aria-busy", String(tone === "passing"));
    if (this.status.textContent !== words) {
      this.status.textContent = words;
    }
    this.status.classList.toggle("is-problem", tone === "problem");
  }

  // Whether somebody is signed in here who may write; if so, the form has the session's key. Whether
  // it is the person who opened the form, the server looks at.
  async isOpen() {
    let answer;
    try {
      answer = await ask(this.form.action, { method: "GET" });
    } catch {
      return this.failed(this.status.dataset.unreachable);
    }
    if (answer.status >= 500) {
      return this.failed(this.status.dataset.failed);
    }
    if (answer.ok && answer.said) {
      this.key = answer.said.csrf;
      return true;
    }
    return this.refused(answer);
  }

  // A button was pressed: what is under way comes first, then the form is sent as any other.
  async submitted(event) {
    if (this.passes || this.form.dataset.saves === "never") {
      return;
    }
    event.preventDefault();
    if (this.asking) {
      return;
    }
    this.asking = true;
    const button = event.submitter;
    try {
      if (await this.mayPass()) {
        if (this.differs() || this.saysMore()) {
          this.keep({ sent: true, takesOver: button !== null && button.name === "take_over" });
        } else {
          this.kept.forget();
        }
        this.passes = this.leaving = true;
        clearTimeout(this.timer);
        this.form.requestSubmit(button);
      }
    } finally {
      this.asking = false;
    }
  }

  async mayPass() {
    clearTimeout(this.timer);
    this.keep();
    await this.inFlight;
    this.signedOut = false;
    let answer;
    try {
      answer = await ask(this.form.action, { method: "GET" });
    } catch {
      return this.failed(this.status.dataset.unreachable);
    }
    if (answer.status === 409) {
      // The page that follows says what stands in the way, and shows what was typed.
      return true;
    }
    if (answer.status >= 500) {
      return this.failed(this.status.dataset.failed);
    }
    if (!answer.ok || !answer.said) {
      return this.refused(answer);
    }
    this.key = answer.said.csrf;
    if (String(answer.said.writer) !== this.form.dataset.writer) {
      // Nothing goes under another name; the server says whose.
      await this.exchange(fieldsOf(this.form, asTyped), false);
      return false;
    }
    if (this.unanswered) {
      await this.exchange(this.unanswered, false);
    }
    return !this.unanswered;
  }
}

for (const form of document.querySelectorAll("form[data-draft]")) {
  new Draft(form).begin();
}
