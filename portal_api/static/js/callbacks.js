// The callback list while it is open. The live line says the same to everybody; here each row is put
// where this page's filter and sorting want it, the figures are added up for the queues that are shown,
// intervals count on, and a note that is being written outlives errors, a crash and a lost line.
// In: htmx's swaps, data attributes of the rows. Out: rows in place, the panel drawn again when its
// call has moved on.

const page = document.getElementById("callbacks");
const panel = document.getElementById("panel");
const button = document.getElementById("callback-arrivals");
const held = new Map(); // id of the row → the row, which would push what somebody looks at
const TICK_MS = 15_000;
const skew = Date.parse(page.dataset.now) - Date.now(); // the server's clock counts
let asked = false; // a list was asked for and is not here yet
let missed = false; // a change came meanwhile, which the list may lack
let drawing = ""; // id of the wish whose panel was asked for and is not here yet
let outdated = false; // a change of it came meanwhile, which the panel may lack
let within = false; // what is swapped now began with the focus in the panel

const TYPED_IN = ["note-form", "ring-form", "new-form", "new-queue"]; // what an error must not take away

const list = () => document.getElementById("callback-list");
const rows = () => document.getElementById("callback-rows");
const field = () => document.getElementById("note");

// -- Which rows belong on this page, and where -----------------------------------------------

function isShown(row) {
  const { shown, status, due, searched } = list().dataset;
  if (searched || (shown !== "all" && !shown.split(" ").includes(row.dataset.queue || "none"))) return false;
  if (due && row.querySelector(".timing")?.dataset.timing.match(/later|retry|overdue/)) return false;
  const open = row.dataset.open === "1";
  if (status === "open") return open;
  if (status === "done") return !open;
  return open && row.dataset.place === status;
}

const COLUMNS = ["arrived", "interval", "queue", "input", "handler", "status", "note"];

function keyOf(row, column) {
  const value = row.querySelectorAll("[data-k]")[column]?.dataset.k ?? "";
  return column < 2 ? Number(value) : value;
}

// As the server sorts: what has nothing in a column of words is last, and equals stand by arrival.
function isBefore(one, other) {
  const { sort, desc } = list().dataset;
  const column = COLUMNS.indexOf(sort);
  const [a, b] = [keyOf(one, column), keyOf(other, column)];
  if (column >= 2 && (a === "") !== (b === "")) return b === "";
  const order = column < 2 ? a - b : a.localeCompare(b, document.documentElement.lang);
  if (order) return desc ? order > 0 : order < 0;
  return keyOf(one, 0) < keyOf(other, 0);
}

function placeOf(row) {
  return [...rows().querySelectorAll(":scope > [data-row]")].find((other) => isBefore(row, other)) ?? null;
}

// Whether putting something before this row would move what the pointer or the focus is on.
function pushes(place) {
  if (!place) return false;
  const busy = rows().querySelector(":scope > :hover, :scope > :focus, :scope > :focus-within");
  const moves = place.compareDocumentPosition(busy ?? place) & Node.DOCUMENT_POSITION_FOLLOWING;
  return busy ? place === busy || moves !== 0 : place.getBoundingClientRect().top < 0;
}

function put(row, place) {
  rows().insertBefore(row, place ?? document.getElementById("callback-nothing"));
  window.htmx.process(row);
  row.classList.add("arrived");
}

function showHeld() {
  const { one, many } = button.dataset;
  button.textContent = held.size === 1 ? one : many.replace("{n}", String(held.size));
  button.hidden = held.size === 0;
}

// Returns whether htmx should do the swap itself: it changes in place the rows that are here.
function settle(task) {
  const row = task.fragment.firstElementChild;
  if (task.type !== "partial" || !row?.matches?.("tr[data-row]") || !row.closest) return true;
  if (!row.id.startsWith("callback-")) return true;
  missed ||= asked;
  outdated ||= row.id === `callback-${drawing}`;
  if (document.getElementById(row.id)) return true;
  held.delete(row.id);
  if (!isShown(row)) return false;
  const place = placeOf(row);
  if (!place && list().dataset.more) return false; // further down than the page reaches
  if (pushes(place)) held.set(row.id, row);
  else put(row, place);
  return false;
}

const isFailure = (ctx) => ctx.response?.raw?.status >= 500;

document.addEventListener("htmx:before:swap", (event) => {
  const { detail } = event;
  if (isTooLate(detail.ctx)) return event.preventDefault();
  if (detail.ctx.redraws) detail.tasks.forEach(keepTold);
  within = panel.contains(document.activeElement);
  const failed = isFailure(detail.ctx) && TYPED_IN.includes(detail.ctx.sourceElement?.id);
  const now = failed ? [] : detail.tasks.filter(settle); // the page of an error would cover what is typed
  detail.tasks.splice(0, detail.tasks.length, ...now);
  showHeld();
});

button.addEventListener("click", () => {
  const first = held.values().next().value;
  for (const row of held.values()) put(row, placeOf(row));
  held.clear();
  showHeld();
  countRows();
  first?.focus();
});

// A row that no longer belongs here goes, unless somebody is on it or points further down.
function clearOver() {
  for (const row of rows().querySelectorAll(":scope > [data-row]")) {
    const over = !list().dataset.searched && !isShown(row);
    row.classList.toggle("is-over", over);
    if (!over || row.matches(":focus, :focus-within")) continue;
    const pointed = rows().querySelector(":scope > :hover") ?? row.previousElementSibling;
    if (!pointed || row.compareDocumentPosition(pointed) & Node.DOCUMENT_POSITION_PRECEDING) row.remove();
  }
}

function markMine() {
  for (const row of rows().querySelectorAll(":scope > [data-row]")) {
    row.classList.toggle("is-mine", row.dataset.holder === page.dataset.user);
  }
}

// -- Figures and clocks -------------------------------------------------------------------------

function addUp() {
  const { shown } = list().dataset;
  const queues = [...document.querySelectorAll("#callback-tally > i")];
  const counted = queues.filter(
    (queue) => shown === "all" || shown.split(" ").includes(queue.dataset.queue || "none"),
  );
  showHidden(queues.reduce((all, queue) => all + Number(queue.dataset.waiting), 0));
  for (const figure of document.querySelectorAll("#callback-figures [data-figure]")) {
    const key = figure.dataset.figure;
    const sum = counted.reduce((all, queue) => all + Number(queue.dataset[key]), 0);
    figure.textContent = String(sum);
    if (key === "overdue") figure.parentElement.classList.toggle("figure-warn", sum > 0);
  }
}

// Under an empty list: how many wait that its filters leave out.
function showHidden(waiting) {
  const told = document.getElementById("callback-hidden");
  if (!told) return;
  const { one, many } = told.firstElementChild.dataset;
  told.firstElementChild.textContent = waiting === 1 ? one : many.replace("{n}", String(waiting));
  told.hidden = waiting === 0;
}

// How many are shown follows what comes and goes; how many there are in all only while all are here.
function countRows() {
  const total = document.getElementById("callback-total");
  const shown = rows().querySelectorAll(":scope > [data-row]:not(.is-over)").length;
  if (list().dataset.more) return;
  total.textContent = total.dataset.words.replace("{shown}", shown).replace("{total}", shown + held.size);
}

function spanOf(minutes) {
  if (minutes < 60) return `${minutes} min`;
  if (minutes >= 24 * 60) return `${Math.floor(minutes / (24 * 60))} d`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest ? `${hours} h ${rest} min` : `${hours} h`;
}

// As portal_api/callbacks/timing.py; all in seconds.
function timing({ arrived, from, to, soon, retry }, now) {
  const past = (at) => Math.max(0, Math.floor((now - at) / 60));
  const left = (at) => Math.max(1, Math.ceil((at - now) / 60));
  if (to && now >= to) return ["overdue", past(to)];
  const waitsFor = Math.max(from ?? 0, retry ?? 0);
  if (waitsFor && now < waitsFor) return [waitsFor === Number(retry) ? "retry" : "later", left(waitsFor)];
  if (!to) return ["soonest", past(arrived)];
  return [soon && now >= soon ? "closing" : "open", left(to)];
}

// An interval that is about to end, or has ended, while the page is open is said once, in words.
function alert(row, code, words) {
  if (code !== "closing" && code !== "overdue") return;
  const told = document.getElementById("callback-alert");
  told.textContent = `${row.querySelector("a.number").textContent}: ${words}`;
  told.hidden = false;
}

function countOn() {
  const now = (Date.now() + skew) / 1000;
  for (const shown of document.querySelectorAll("#callbacks .timing")) {
    const [code, minutes] = timing(shown.dataset, now);
    const words = rows().dataset[code].replace("{time}", spanOf(minutes));
    const row = shown.closest("[data-row]");
    if (row?.dataset.holder === "" && shown.dataset.timing !== code) alert(row, code, words);
    shown.dataset.timing = code;
    const said = shown.querySelector(".timing-words");
    if (said.textContent !== words) said.textContent = words; // writing the same costs a layout, too
    row?.classList.toggle("row-warn", code === "overdue");
  }
}

// -- The panel ------------------------------------------------------------------------------------

const draftKey = () => `note:${field().form.dataset.draft}`;
const adding = () => document.getElementById("new-form");
const isDirty = () => written().some((one) => one.value.trim() !== "");
let stage = stageOf();

// What people type in the panel by themselves: the note, or the form of a new callback.
function written() {
  return field() ? [field()] : [...(adding()?.querySelectorAll("input:not([type=hidden]), textarea") ?? [])];
}

function stageOf() {
  return panel.querySelector(".call-state")?.dataset.stage ?? "";
}

function openId() {
  return document.getElementById("callback-panel")?.dataset.callback ?? "";
}

function drawPanel() {
  const id = openId();
  if (id) window.htmx.ajax("GET", `/callbacks/${id}/panel`, { target: "#panel", swap: "innerMorph", redraws: id });
}

// Whether a panel would be drawn again that was closed meanwhile, or has made room for another.
function isTooLate({ redraws }) {
  return redraws !== undefined && redraws !== openId();
}

// What was told about the note stays until the note is saved or refused anew.
function keepTold({ fragment }) {
  const told = document.querySelector("#note-fault > *");
  if (told) fragment.querySelector("#note-fault")?.replaceChildren(told.cloneNode(true));
}

function restoreDraft() {
  if (!field()) return;
  const kept = sessionStorage.getItem(draftKey());
  if (kept && !field().value) field().value = kept;
}

function forgetDraft() {
  if (field()) sessionStorage.removeItem(draftKey());
}

function markOpen() {
  page.classList.toggle("has-panel", panel.childElementCount > 0);
  for (const row of rows().querySelectorAll(".is-opened")) row.classList.remove("is-opened");
  rowOf(openId())?.classList.add("is-opened");
}

// Once for each answer: a later swap must not take the focus from where it went meanwhile.
function askedFor() {
  const said = panel.querySelector("#panel-said[data-about]");
  const isRefused = panel.querySelector("#note-fault #panel-said") !== null;
  field()?.setAttribute("aria-invalid", String(isRefused)); // a morph skips the note
  const first = panel.querySelector("[autofocus]") ?? (said?.dataset.about === "note" ? field() : null);
  first?.removeAttribute("autofocus");
  said?.removeAttribute("data-about");
  return first;
}

// To what has to be filled in; else, when what had the focus is gone or another row was opened, to the top.
function focusPanel() {
  const first = askedFor();
  const isOther = panel.dataset.of !== openId();
  panel.dataset.of = openId();
  const isLost = within && document.activeElement === document.body;
  if (isOther || isLost || (first && within)) (first ?? field() ?? document.getElementById("panel-title"))?.focus();
}

function mayLeave() {
  return !isDirty() || window.confirm(adding() ? panel.dataset.leaveForm : panel.dataset.leave);
}

function rowOf(id) {
  return document.getElementById(`callback-${id}`);
}

function closePanel() {
  const row = adding() ? document.getElementById("callback-add") : rowOf(openId());
  panel.replaceChildren();
  panel.dataset.of = stage = "";
  markOpen();
  return row;
}

// A link to a form that is folded away, or covered by the panel where there is no room for both.
function unfold(event) {
  const { opens, first } = event.target.closest("[data-opens]").dataset;
  const form = document.getElementById(opens);
  if (!form) return;
  event.preventDefault();
  if (!form.checkVisibility()) {
    if (!mayLeave()) return;
    closePanel();
  }
  form.open = true;
  (document.getElementById(first) ?? form.querySelector("input:not([type=hidden])")).focus();
}

// On to the next row: the one that was worked on may leave the list.
function goOn() {
  const row = closePanel();
  const next = row?.nextElementSibling?.matches("[data-row]") ? row.nextElementSibling : null;
  (next ?? document.getElementById("main")).focus({ preventScroll: !next });
}

function tell(text) {
  const line = document.createElement("p");
  line.className = "notice notice-bad";
  line.setAttribute("role", "alert");
  line.textContent = text;
  (panel.querySelector("#note-fault, #ring-fault, #new-fault") ?? panel).replaceChildren(line);
}

document.addEventListener("input", (event) => {
  if (event.target === field()) sessionStorage.setItem(draftKey(), field().value);
});

document.addEventListener("keydown", (event) => {
  if (event.target === field() && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    document.getElementById("note-done").click();
  } else if (event.key === "Escape" && openId() && !document.querySelector("dialog[open], [popover]:popover-open")) {
    if (mayLeave()) closePanel()?.focus();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-opens]")) return unfold(event);
  if (!event.target.closest?.("#panel-close")) return;
  event.preventDefault();
  if (mayLeave()) closePanel()?.focus();
});

window.addEventListener("beforeunload", (event) => isDirty() && event.preventDefault());

// Another row's panel takes the place of one with an unsaved note only when that is meant.
document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (isTooLate(ctx)) return event.preventDefault(); // it stood in line
  const path = new URL(ctx.request.action, window.location.href).pathname;
  if (path === "/callbacks/list") asked = true;
  const [, id, act] = path.match(/^\/callbacks\/([^/]+)\/(\w+)$/) ?? [];
  if (!id) return;
  const isOther = id !== openId() || (id === "new" && act === "panel");
  if (/panel|ring/.test(act) && isOther && !mayLeave()) return event.preventDefault();
  [drawing, outdated] = [id, false];
});

document.addEventListener("htmx:finally:request", ({ detail }) => {
  const { pathname } = new URL(detail.ctx.request.action, window.location.href);
  if (!drawing || !pathname.startsWith(`/callbacks/${drawing}/`)) return;
  const again = outdated && openId() === drawing;
  [drawing, outdated] = ["", false];
  if (again) drawPanel();
});

document.addEventListener("htmx:after:request", ({ target, detail }) => {
  if (!TYPED_IN.includes(target.id)) return;
  if (detail.ctx.response?.raw?.status === 204) {
    forgetDraft();
    goOn();
  } else if (isFailure(detail.ctx)) {
    tell(panel.dataset.failed);
  }
});
document.addEventListener("htmx:error", ({ target }) => {
  if (TYPED_IN.includes(target.id)) tell(panel.dataset.failed);
});

document.addEventListener("htmx:after:swap", () => {
  if (!rows()) return;
  if (asked) {
    asked = false;
    held.clear();
    showHeld();
    if (missed) window.htmx.ajax("GET", "/callbacks/list", { target: "#callback-list", swap: "outerHTML" });
    missed = false;
  }
  clearOver();
  countRows();
  markMine();
  addUp();
  countOn();
  markOpen();
  restoreDraft();
  const before = stage;
  stage = stageOf();
  if (before && before !== stage && panel.dataset.of === openId()) drawPanel();
  focusPanel();
});

setInterval(() => {
  if (!rows()) return;
  clearOver();
  countRows();
  countOn();
}, TICK_MS);
panel.dataset.of = openId();
markOpen();
markMine();
restoreDraft();
if (field()) field().focus();
