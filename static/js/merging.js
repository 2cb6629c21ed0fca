// Where two people have written: puts the stored text into a field, and back what was typed there.
// Without this script a box beside each text asks the server for the same.

for (const stored of document.querySelectorAll(".stored[data-for]")) {
  const form = stored.closest("form");
  const field = form.elements.namedItem(stored.dataset.for);
  const button = stored.querySelector("[data-take]");
  const theirs = stored.dataset.stored;
  const words = { take: button.textContent, back: button.dataset.back };
  let mine = field.value;
  let isTaken = false;

  stored.querySelector(".take").remove();
  button.hidden = false;
  button.addEventListener("click", () => {
    if (!isTaken) {
      mine = field.value;
    }
    isTaken = !isTaken;
    field.value = isTaken ? theirs : mine;
    button.textContent = isTaken ? words.back : words.take;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}
