// Single keys: J and K move between rows, Enter opens the row, C rings its caller, R puts a caller who
// did not answer back in line, N adds a callback, / goes to the search, T takes a conversation over, H
// hands it back, ? shows the help.
// They never act inside a field, with a modifier, or over an open dialog, and a person can turn
// them off (WCAG 2.1.4); the button for the help is always there.

const help = document.getElementById("help");
const FIELDS = "input, textarea, select, [contenteditable]";

document.getElementById("help-button")?.addEventListener("click", () => help.showModal());

function isElsewhere(event) {
  return (
    document.body.dataset.shortcuts !== "on" ||
    event.ctrlKey || event.altKey || event.metaKey || event.isComposing ||
    event.target.closest(FIELDS) !== null ||
    document.querySelector("dialog[open], [popover]:popover-open") !== null
  );
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement?.closest("[data-row]"));
  const to = at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[to]?.focus();
  rows[to]?.scrollIntoView({ block: "nearest" });
}

function open(event) {
  if (event.target.matches("[data-row]")) event.target.querySelector("a")?.click();
}

function press(key) {
  document.querySelector(`[data-key="${key}"]`)?.click();
}

// The row that has the focus, else what is open beside the list.
function ring(event) {
  const row = event.target.closest("[data-row]");
  (row ?? document.getElementById("panel"))?.querySelector('[data-key="c"]')?.click();
}

const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  c: ring,
  r: () => press("r"),
  n: () => press("n"),
  "/": () => document.querySelector("[aria-keyshortcuts='/']")?.focus(),
  t: () => press("t"),
  h: () => press("h"),
  "?": () => help.showModal(),
  enter: open,
};

document.addEventListener("keydown", (event) => {
  const act = ACTS[event.key.toLowerCase()];
  if (!act || isElsewhere(event)) return;
  if (event.key !== "Enter") event.preventDefault(); // Enter on a link or button keeps its meaning
  act(event);
});
