// Says before a session ends in which nobody has done anything for a while, and lets the person stay.
//
// What it shows stands in the page as a template, in the reader's language: data-asks-in, after how
// many seconds to ask for the first time, and data-warns, how many seconds before the end to say so.
// How long the session still has is asked of the server, since another window may have gone on with
// it; asking keeps no session open.

import { ask } from "./asking.js";

const AGAIN_MS = 30_000;
const TYPED_LATELY_MS = 60_000;
// Browsers know no longer timer than some weeks.
const LONGEST_MS = 24 * 3_600_000;

class Staying {
  constructor(template) {
    this.dialog = template.content.firstElementChild.cloneNode(true);
    this.form = this.dialog.querySelector("form");
    this.key = this.form.elements.namedItem("csrfmiddlewaretoken").value;
    this.warnsMs = Number(template.dataset.warns) * 1_000;
    this.firstMs = Number(template.dataset.asksIn) * 1_000;
    this.typedAt = 0;
    this.asksAt = 0;
    this.timer = 0;
    this.stoodAt = null;
    this.isOver = false;
  }

  begin() {
    document.body.append(this.dialog);
    document.addEventListener("input", () => {
      this.typedAt = Date.now();
    });
    // A computer that slept has slept through the timer too.
    document.addEventListener("visibilitychange", () => this.looked());
    window.addEventListener("focus", () => this.looked());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.stay();
    });
    this.dialog.querySelector("[data-closes]").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.stoodAt?.focus());
    this.askIn(this.firstMs);
  }

  askIn(milliseconds) {
    const wait = Math.min(Math.max(0, milliseconds), LONGEST_MS);
    this.asksAt = Date.now() + wait;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), wait);
  }

  looked() {
    if (document.visibilityState === "visible" && (this.dialog.open || Date.now() >= this.asksAt)) {
      this.look();
    }
  }

  async look() {
    const answer = await this.asked({});
    if (answer?.said?.kind === "signed_out") {
      clearTimeout(this.timer);
      if (!this.isOver) {
        this.isOver = true;
        this.say("over");
      }
    } else if (answer?.ok && answer.said) {
      this.heard(answer.said);
    } else {
      this.askIn(AGAIN_MS);
    }
  }

  heard({ seconds, lasts, key }) {
    this.key = key;
    this.isOver = false;
    const leftMs = seconds * 1_000;
    if (leftMs > this.warnsMs) {
      this.dialog.close();
      this.askIn(leftMs - this.warnsMs);
    } else if (lasts && Date.now() - this.typedAt < TYPED_LATELY_MS) {
      // Whoever is typing is there, and is not to be interrupted for it.
      this.stay();
    } else {
      this.say(lasts ? "idle" : "last", new Date(Date.now() + leftMs));
      this.askIn(leftMs + 1_000);
    }
  }

  async stay() {
    const answer = await this.asked({
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": this.key },
    });
    if (answer?.ok && answer.said) {
      this.heard(answer.said);
    } else {
      // The key may be that of a session before this one; the next answer brings the one of today.
      this.typedAt = 0;
      await this.look();
    }
  }

  async asked(options) {
    try {
      return await ask(this.form.action, options);
    } catch {
      return null;
    }
  }

  say(what, at) {
    for (const one of this.dialog.querySelectorAll("[data-says]")) {
      one.hidden = !one.dataset.says.split(" ").includes(what);
    }
    for (const time of at ? this.dialog.querySelectorAll("time") : []) {
      time.textContent = at.toTimeString().slice(0, 5);
    }
    if (!this.dialog.open) {
      this.stoodAt = document.activeElement;
      this.dialog.showModal();
    }
    const choices = [...this.dialog.querySelectorAll("button, a")];
    choices.find((one) => !one.closest("[hidden]")).focus();
  }
}

const template = document.getElementById("session-ends");
if (template) {
  new Staying(template).begin();
}
