// Text that earlier openings of a form have kept on this computer: offered, never put in unasked.

import { asTyped, fieldsOf, isAlike } from "./draft_fields.js";

// What earlier openings of this form have left on this computer.
export function offer(draft) {
  for (const [name, entry] of draft.kept.others()) {
    const isStored =
      entry.sent &&
      "savedByWriter" in draft.form.dataset &&
      Number(draft.version) > Number(entry.version);
    if (isStored || isAlike(entry.fields, fieldsOf(draft.form, asTyped))) {
      draft.kept.forget(name);
    } else {
      show(draft, name, entry);
    }
  }
}

function show(draft, name, entry) {
  const note = document.getElementById("draft-offer").content.cloneNode(true).firstElementChild;
  // What the same person saved before typing this is no news to them.
  const hasMoved =
    String(entry.version) !== draft.version &&
    !("savedByWriter" in draft.form.dataset && entry.at > utc(draft.form.dataset.savedAt));
  const words = note.querySelector("[data-said]");
  const said = hasMoved ? words.dataset.saidMoved : words.dataset.said;
  words.textContent = said.replace("{time}", localTime(entry.at));
  const typed = new Map(fieldsOf(draft.form, asTyped));
  note.querySelector(".prose").textContent = entry.fields
    .filter(([field, text]) => text !== typed.get(field) && !field.startsWith("status_"))
    .map(([, text]) => text || "—")
    .join("\n\n");
  note.querySelector('[data-does="restore"]').addEventListener("click", () => {
    for (const [field, text] of entry.fields) {
      const control = draft.form.elements.namedItem(field);
      if (control && "value" in control) {
        control.value = text;
      }
    }
    if (hasMoved) {
      draft.version = entry.version;
    }
    note.remove();
    draft.typed();
    if (draft.kept.kept()) {
      draft.kept.forget(name);
    }
    draft.form.querySelector("select, textarea").focus();
  });
  note.querySelector('[data-does="discard"]').addEventListener("click", () => {
    draft.kept.forget(name);
    note.remove();
    draft.form.querySelector("select, textarea").focus();
  });
  document.getElementById("draft-offers").append(note);
}

function localTime(moment) {
  const two = (number) => String(number).padStart(2, "0");
  const at = new Date(moment);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

const utc = (moment) => new Date(moment).toISOString();
