// Text that earlier openings of a form have kept on this computer: offered, never put in unasked.

import { asTyped, fieldsOf, isAlike, isStorable, isWithin, storable } from "./draft_fields.js";

// What earlier openings of this form have left on this computer.
export function offer(draft) {
  for (const [name, entry] of draft.kept.others()) {
    if (isNoLoss(draft, entry)) {
      draft.kept.forget(name);
    } else {
      show(draft, name, entry);
    }
  }
}

// Whether nothing would be lost with this entry: the server says the same, or this opening keeps it.
// That its writer has saved since is no sign of it: what a button sent may never have arrived.
function isNoLoss(draft, entry) {
  const typed = fieldsOf(draft.form, asTyped);
  if (storable(typed) !== draft.stored && !draft.kept.kept()) {
    return false;
  }
  if (!mayHaveArrived(draft, entry)) {
    return isAlike(entry.fields, typed);
  }
  // The reason went with its move, and what was taken over was put behind the text.
  const fields = entry.fields.filter(isStorable);
  return entry.takesOver ? isWithin(fields, typed) : isAlike(fields, typed);
}

function mayHaveArrived(draft, entry) {
  return (
    entry.sent &&
    "savedByWriter" in draft.form.dataset &&
    Number(draft.version) > Number(entry.version)
  );
}

function show(draft, name, entry) {
  const note = document.getElementById("draft-offer").content.cloneNode(true).firstElementChild;
  // What the same person saved before typing this is no news to them.
  const hasMoved =
    String(entry.version) !== draft.version &&
    !("savedByWriter" in draft.form.dataset && entry.at > utc(draft.form.dataset.savedAt));
  const words = note.querySelector("[data-said]");
  const { said: plain, saidMoved, saidSent } = words.dataset;
  const said = !hasMoved ? plain : mayHaveArrived(draft, entry) ? saidSent : saidMoved;
  words.textContent = said.replace("{time}", localTime(entry.at));
  const typed = new Map(fieldsOf(draft.form, asTyped));
  note.querySelector(".prose").textContent = entry.fields
    .filter(([field, text]) => text !== typed.get(field) && !field.startsWith("status_"))
    .map(([, text]) => text || "—")
    .join("\n\n");
  note.querySelector('[data-does="restore"]').addEventListener("click", () => {
    let isWhole = true;
    for (const [field, text] of entry.fields) {
      const control = draft.form.elements.namedItem(field);
      if (control && "value" in control) {
        control.value = text;
      } else if (text && !field.startsWith("status_")) {
        // A measure that is not in the list any more: its text stays where it is, to be copied.
        isWhole = false;
      }
    }
    if (hasMoved) {
      draft.version = entry.version;
    }
    draft.typed();
    if (isWhole) {
      note.remove();
      if (draft.kept.kept()) {
        draft.kept.forget(name);
      }
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
