// Attaching and removing files without leaving the page, so that nothing typed has to be sent along.
//
// A form with data-upload is sent as it would be, asking for JSON: {"panel", "version"} with the
// panel as it then is, or {"problem"}. The form of a draft on the same page is saved first. Where
// there is such a draft these forms are hidden (data-with-script) until this script is there, and
// what stands for them (data-without-script) goes. data-limit is the most bytes to a file. Every
// word that is shown stands in the page, in the reader's language.

const drafts = () => [...document.querySelectorAll("form[data-draft]")];

// What is typed is stored before the file goes: what nobody has begun is then begun with it.
async function saveDrafts() {
  for (const form of drafts()) {
    const detail = {};
    form.dispatchEvent(new CustomEvent("draft-save", { detail }));
    await detail.saved;
  }
}

function send(form, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (progress && event.lengthComputable) {
        progress.value = (100 * event.loaded) / event.total;
      }
    });
    request.addEventListener("load", () => resolve(request));
    request.addEventListener("error", () => reject(request));
    request.addEventListener("abort", () => reject(request));
    request.send(new FormData(form));
  });
}

function answerOf(request) {
  const type = request.getResponseHeader("Content-Type") || "";
  return type.startsWith("application/json") ? JSON.parse(request.responseText) : null;
}

function show(section, said) {
  const template = document.createElement("template");
  template.innerHTML = said.panel;
  const heading = template.content.querySelector("h2");
  section.replaceWith(template.content);
  heading.focus();
  for (const form of drafts()) {
    // The upload has begun what nobody had begun; the form goes on from there.
    const version = form.elements.namedItem("version");
    if (version.value === "0") {
      version.value = said.version;
    }
  }
}

async function upload(form) {
  const section = form.closest("[data-evidence]");
  const problem = section.querySelector("[data-upload-problem]");
  const progress = form.querySelector("[data-upload-progress]");
  const input = form.querySelector("input[type=file]");
  problem.textContent = "";
  if (input && !input.files.length) {
    problem.textContent = problem.dataset.noFile;
    input.focus();
    return;
  }
  if (input && input.files[0].size > Number(form.dataset.limit)) {
    problem.textContent = problem.dataset.tooLarge;
    input.focus();
    return;
  }
  if (progress) {
    progress.value = 0;
    progress.hidden = false;
  }
  try {
    await saveDrafts();
    const request = await send(form, progress);
    const said = answerOf(request);
    if (request.status === 200 && said && said.panel) {
      show(section, said);
    } else {
      problem.textContent = (said && said.problem) || problem.dataset.failed;
    }
  } catch {
    problem.textContent = problem.dataset.unreachable;
  } finally {
    if (progress) {
      progress.hidden = true;
    }
  }
}

for (const one of document.querySelectorAll("[data-evidence] [data-with-script]")) {
  one.hidden = false;
}
for (const one of document.querySelectorAll("[data-evidence] [data-without-script]")) {
  one.hidden = true;
}

let isSending = false;

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-upload]");
  if (!form) {
    return;
  }
  event.preventDefault();
  if (isSending) {
    return;
  }
  isSending = true;
  try {
    await upload(form);
  } finally {
    isSending = false;
  }
});
