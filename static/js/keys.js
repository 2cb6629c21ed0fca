// Single keys for who walks through the review queue. Everything they do can be done with Tab too.
//
// An element with data-key="m" is what the key m is for: a link or button is pressed, a field gets
// the focus. Rows with data-row are walked with j and k; in one, data-open is its link.
// Off at a switch that the browser remembers (WCAG 2.1.4), and never while somebody types.

const REMEMBERED_AS = "keys";

const list = document.querySelector("[data-keys]");
const onOff = document.querySelector("[data-keys-switch]");
const rows = [...document.querySelectorAll("[data-row]")];

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED_AS) !== "off";
  } catch {
    return true; // Storage may be shut; the switch then holds for this page.
  }
}

function remember(inUse) {
  try {
    localStorage.setItem(REMEMBERED_AS, inUse ? "on" : "off");
  } catch {
    // As above.
  }
}

// Tells screen readers which key does the same, while it does.
function announce(inUse) {
  for (const element of document.querySelectorAll("[data-key]")) {
    if (inUse) {
      element.setAttribute("aria-keyshortcuts", element.dataset.key);
    } else {
      element.removeAttribute("aria-keyshortcuts");
    }
  }
}

function isTyping(target) {
  return target.closest(
    "textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio])",
  );
}

function isShown(element) {
  return element.getClientRects().length > 0 && !element.disabled;
}

function rowInFocus() {
  return rows.findIndex((row) => row.contains(document.activeElement));
}

function walk(step) {
  const here = rowInFocus();
  // From outside the rows: down to the first, up to the last.
  const first = step > 0 ? 0 : rows.length - 1;
  const row = rows[here < 0 ? first : Math.min(Math.max(here + step, 0), rows.length - 1)];
  row.querySelector("[data-open]").focus();
  row.scrollIntoView({ block: "nearest" });
}

function press(key) {
  const element = [...document.querySelectorAll(`[data-key="${key}"]`)].find(isShown);
  if (!element) {
    return false;
  }
  element.focus();
  if (!element.matches("textarea, input")) {
    element.click();
  }
  return true;
}

function onRow(key) {
  const here = rowInFocus();
  const isArrow = key === "ArrowDown" || key === "ArrowUp";
  // Arrows scroll the page, until somebody is among the rows.
  if (!rows.length || (isArrow && here < 0)) {
    return false;
  }
  if (key === "j" || key === "ArrowDown") {
    walk(1);
  } else if (key === "k" || key === "ArrowUp") {
    walk(-1);
  } else if (key === "o" && here >= 0) {
    rows[here].querySelector("[data-open]").click();
  } else if (key === "x" && here >= 0) {
    rows[here].querySelector("input[type=checkbox]")?.click();
  } else {
    return false;
  }
  return true;
}

function showList() {
  list.scrollIntoView({ block: "center" });
  onOff.focus();
}

function onKey(event) {
  const isPlain = !(event.ctrlKey || event.altKey || event.metaKey || event.isComposing);
  if (!onOff.checked || !isPlain || event.repeat || isTyping(event.target)) {
    return;
  }
  if (event.key === "?") {
    showList();
  } else if (event.key.length === 1 && !/^[a-z]$/.test(event.key)) {
    return;
  } else if (!onRow(event.key) && !(event.key.length === 1 && press(event.key))) {
    return;
  }
  event.preventDefault();
}

if (list && onOff) {
  list.hidden = false;
  onOff.checked = remembered();
  announce(onOff.checked);
  onOff.addEventListener("change", () => {
    remember(onOff.checked);
    announce(onOff.checked);
  });
  document.addEventListener("keydown", onKey);
}
