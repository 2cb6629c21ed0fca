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

// The server cleans what it stores, of blanks above all; that is no difference to tell a person of.
export function isAlike(some, others) {
  const texts = new Map(others);
  const bare = (text) => (text || "").replace(/[\s\u200b-\u200f\u2060\ufeff\u00ad]+/g, "");
  return some.every(
    ([name, text]) =>
      bare(text) === bare(texts.get(name)) || (!texts.has(name) && !isStorable([name])),
  );
}
