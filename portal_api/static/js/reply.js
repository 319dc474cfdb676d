// The reply box: Ctrl+Enter sends, and what is typed outlives errors, a new page and a lost sign-in.
// In: keys and htmx's answers. Out: the form sent, or why not; the draft kept in this tab until the
// text is taken (signing out clears it). The server's own refusals come as fragments (409, 422).

const form = document.getElementById("reply");
const field = document.getElementById("reply-text");
const fault = document.getElementById("reply-fault");
const SAID_BY_SERVER = [409, 422];

function draftKey() {
  return `draft:${form.dataset.draft}`;
}

function isOurs(event) {
  return event.target === form;
}

function tell(text) {
  const line = document.createElement("p");
  line.className = "notice notice-bad";
  line.textContent = text;
  fault.replaceChildren(line);
}

function counted() {
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

if (form) {
  const kept = sessionStorage.getItem(draftKey());
  if (kept && !field.value) field.value = kept;
  if (field.value) window.addEventListener("load", counted);

  field.addEventListener("input", () => sessionStorage.setItem(draftKey(), field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  document.addEventListener("htmx:after:request", (event) => {
    if (!isOurs(event)) return;
    const status = event.detail.ctx.response?.raw?.status ?? 500;
    if (status < 400) {
      form.reset();
      field.value = ""; // a page that was refused came with its text as the form's own
      sessionStorage.removeItem(draftKey());
      document.getElementById("reply-size").replaceChildren();
      field.focus();
    } else if (!SAID_BY_SERVER.includes(status)) {
      tell(status < 500 ? fault.dataset.refused : fault.dataset.failed);
    }
  });
  document.addEventListener("htmx:error", (event) => {
    if (isOurs(event)) tell(fault.dataset.failed);
  });
}
