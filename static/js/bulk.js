// Ticking all tasks of a page at once, and saying how many are ticked.
//
// Without this the boxes of the rows, and the one for all tasks of the filter, do the same work. The
// boxes stand in the table and belong to the form by their form attribute.

const begin = () => {
  const form = document.querySelector("[data-bulk]");
  if (!form || form.dataset.begun) return;
  form.dataset.begun = "yes";
  const whole = form.querySelector("[data-bulk-all]");
  const everything = form.querySelector("[data-bulk-everything]");
  const count = form.querySelector("[data-bulk-count]");
  const boxes = [...form.elements].filter((one) => one.name === "task");

  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    whole.checked = ticked > 0 && ticked === boxes.length;
    whole.indeterminate = ticked > 0 && ticked < boxes.length;
    count.textContent = everything.checked || !ticked ? "" : `${ticked} ${form.dataset.chosen}`;
  };

  form.querySelector("[data-bulk-page]").hidden = boxes.length === 0;
  whole.addEventListener("change", () => {
    for (const box of boxes) box.checked = whole.checked;
    show();
  });
  everything.addEventListener("change", show);
  for (const box of boxes) box.addEventListener("change", show);
  // A browser that comes back to the page keeps what was ticked.
  window.addEventListener("pageshow", show);
  show();
};

begin();
// A list that was narrowed without loading the page has another form.
document.addEventListener("htmx:afterSettle", begin);
