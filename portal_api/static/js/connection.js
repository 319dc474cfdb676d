// Shows whether the live events arrive, and sees to it that they come again.
// In: htmx's SSE events on #live, and the server's own: `beat` (every 20 s) and `reload` (too much
// was missed to replay). Out: the connection state in the bar, spoken only when it changes.

const SILENCE_MS = 45_000; // two beats and some; looked at once a beat has been heard
const LONGEST_WAIT_MS = 30_000;

const shown = document.getElementById("connection");
const said = document.getElementById("connection-said");
let stream = null;
let beats = false;
let heard = Date.now();
let failures = 0;

function show(state) {
  if (!shown || shown.dataset.state === state) return;
  shown.dataset.state = state;
  document.body.classList.toggle("is-stale", state === "lost");
  said.textContent = state === "lost" ? said.dataset.lost : said.dataset.regained;
}

function isLive(event) {
  return event.target?.id === "live";
}

function on(name, act) {
  document.addEventListener(name, (event) => isLive(event) && act(event.detail ?? {}));
}

// A first connection that fails is not retried by htmx; neither is one that was aborted.
function startAgain() {
  show("lost");
  failures += 1;
  const wait = Math.min(1000 * 2 ** (failures - 1), LONGEST_WAIT_MS);
  setTimeout(() => {
    const old = document.getElementById("live");
    const fresh = old.cloneNode();
    old.replaceWith(fresh);
    window.htmx.process(fresh);
  }, wait);
}

on("htmx:sse:after:connection", ({ connection }) => {
  stream = connection;
  heard = Date.now();
  failures = 0;
  show("connected");
});
on("htmx:sse:before:connection", ({ connection }) => {
  if (connection.attempt > 0 && !document.hidden) show("lost");
});
on("htmx:sse:error", ({ status }) => {
  show("lost");
  if (status === 401) window.location.reload(); // signed out meanwhile: the page says so
});
on("htmx:sse:close", ({ reason }) => {
  if (reason === "ended") startAgain();
});
on("htmx:error", startAgain);
on("htmx:response:error", startAgain);
on("htmx:sse:before:message", () => {
  heard = Date.now();
});
on("beat", () => {
  beats = true;
  heard = Date.now();
});
on("reload", () => {
  window.htmx.ajax("GET", window.location.href, {
    target: "#main",
    select: "#main",
    swap: "outerMorph",
  });
});

// A line that is cut without a word stays open for minutes; the missing beat tells.
setInterval(() => {
  if (!beats || document.hidden || !stream || Date.now() - heard < SILENCE_MS) return;
  heard = Date.now();
  show("lost");
  stream.reader?.cancel();
}, 5_000);
document.addEventListener("visibilitychange", () => {
  heard = Date.now();
});
