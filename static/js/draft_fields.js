// The fields of a form that saves itself, as pairs of name and value.

// Not part of the draft: what belongs to the request, and the reason, which is given on submitting.
const OF_THE_REQUEST = ["csrfmiddlewaretoken", "version", "then"];
const NOT_STORED = ["reason"];

export const asTyped = (control) => control.value;

export function asLoaded(control) {
  if (control.options) {
    const chosen = [...control.options].find((option) => option.defaultSelected);
    return (chosen || control.options[0]).value;
  }
  return control.defaultValue;
}

// The fields that a person fills in, as pairs of name and value.
export function fieldsOf(form, valueOf) {
  return [...form.elements]
    .filter((one) => one.name && !one.disabled && /^(textarea|select|input)$/i.test(one.tagName))
    .filter((one) => !OF_THE_REQUEST.includes(one.name) && !/^(checkbox|hidden)$/.test(one.type))
    .map((one) => [one.name, valueOf(one)]);
}

export const isStorable = ([name]) => !NOT_STORED.includes(name);

// What the server would store of these fields, to be compared.
export function storable(fields) {
  return JSON.stringify(fields.filter(isStorable));
}

// The server cleans what it stores, of blanks and of Word's bullets; that is no difference to tell a
// person of.
const bare = (text) =>
  (text || "").replace(/[\uf000-\uf0ff]/g, "·").replace(/[\s\p{Cc}\p{Cf}\p{Cs}]+/gu, "");

// Whether each of the fields says the same among the others.
export function isAlike(some, others) {
  return agrees(some, others, (text, other) => text === other);
}

// Whether the others say all of it, and perhaps more behind it.
export function isWithin(some, others) {
  return agrees(some, others, (text, other) => other.startsWith(text));
}

function agrees(some, others, isSaid) {
  const texts = new Map(others);
  return some.every(
    ([name, text]) =>
      isSaid(bare(text), bare(texts.get(name))) || (!texts.has(name) && !isStorable([name])),
  );
}
