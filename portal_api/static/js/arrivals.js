// Puts live fragments where they belong without disturbing whoever works in the list.
// In: htmx's partial swaps from #live. Out: the same swaps, but a row that is here already is
// changed in place (a replay after a lost line), and new rows wait behind a button while the list
// has the focus or is scrolled, so that nothing moves under the pointer.

const button = document.getElementById("arrivals");
const held = new Map(); // id of the row → the row, oldest first

const ADDING = ["afterbegin", "beforeend"];

function isBusy(list) {
  return list.contains(document.activeElement) || window.scrollY > 80;
}

function showHeld() {
  if (!button) return;
  const count = held.size;
  const { one, many } = button.dataset;
  button.textContent = count === 1 ? one : many.replace("{n}", String(count));
  button.hidden = count === 0;
}

// Returns whether the swap should happen now.
function settle(task) {
  const row = task.fragment.firstElementChild;
  if (task.type !== "partial" || !row?.id) return true;
  const here = document.getElementById(row.id);
  const adding = ADDING.includes(task.swapSpec.style);
  const isGap = row.matches(".gap-row"); // a line that is no call is not counted, so not held
  if (held.has(row.id) || (adding && !here && !isGap && hold(task))) {
    held.set(row.id, row);
    return false;
  }
  if (adding && here) {
    task.target = here;
    task.swapSpec = { ...task.swapSpec, style: "outerMorph" };
  }
  if (row.matches("[data-row], .message, .phone-entry")) row.classList.add("arrived");
  return true;
}

function hold(task) {
  return button && task.target?.matches("[data-hold-arrivals]") && isBusy(task.target);
}

document.addEventListener("htmx:before:swap", ({ detail }) => {
  const now = detail.tasks.filter(settle);
  detail.tasks.splice(0, detail.tasks.length, ...now);
  showHeld();
});

button?.addEventListener("click", () => {
  const list = document.querySelector("[data-hold-arrivals]");
  const rows = [...held.values()].reverse(); // newest on top
  held.clear();
  list.prepend(...rows);
  rows.forEach((row) => window.htmx.process(row));
  window.scrollTo({ top: 0 });
  rows[0]?.focus({ preventScroll: true });
  showHeld();
});

// Threads stay at their newest text, unless somebody reads further up.
const NEAR_PX = 120;

function isAtEnd(thread) {
  const seen = Math.min(thread.getBoundingClientRect().bottom, window.innerHeight);
  const end = thread.getBoundingClientRect().top - thread.scrollTop + thread.scrollHeight;
  return end - seen < NEAR_PX;
}

function toEnd(thread) {
  thread.scrollTop = thread.scrollHeight; // one that scrolls by itself
  if (!thread.matches("[tabindex]")) thread.lastElementChild?.scrollIntoView({ block: "end" });
}

const thread = document.querySelector("[data-follow]");
if (thread) {
  let follows = true;
  toEnd(thread);
  document.addEventListener("htmx:before:swap", () => {
    follows = isAtEnd(thread);
  });
  document.addEventListener("htmx:after:swap", () => follows && toEnd(thread));
}

// A form that was accepted is emptied. One that was refused, or that nobody answered, keeps what was
// typed, and the phone says so.
const failure = document.getElementById("phone-error");

function tell(target, text) {
  if (failure && target.closest?.(".phone")) failure.textContent = text;
}

document.addEventListener("htmx:after:request", ({ target, detail }) => {
  const status = detail.ctx.response?.raw?.status ?? 500;
  const { refused, failed } = failure?.dataset ?? {};
  tell(target, status < 400 ? "" : status < 500 ? refused : failed);
  if (status < 400 && target.matches?.("form[data-clear]")) target.reset();
});
document.addEventListener("htmx:error", ({ target }) => tell(target, failure?.dataset.failed));
