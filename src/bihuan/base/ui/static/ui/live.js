// What others changed, without reload: the page asks every 20 seconds while it is looked at, a list of
// what cannot wait (`data-live-every`) every second.
// Nothing moves under the hand: counts and the rows that changed are drawn anew in their place, a bar
// offers to show the rest. A list that cannot wait shows the rest at once while nobody touches the
// page. What is picked stays picked.
import { toast } from "./toasts.js";
import { word } from "./words.js";

const USUAL = 20;
const STILL = 5_000; // after the last touch
const nav = document.querySelector("[data-live-list]");
const every = Number(nav?.dataset.liveEvery) || USUAL;
const bar = document.querySelector("[data-live-thing]");
let mark = "";
let failures = 0;
let timer = 0;
let touched = 0;

function address() {
  const asked = new URLSearchParams();
  if (nav) asked.set("list", nav.dataset.liveList);
  const rows = [...document.querySelectorAll("[data-row-version]")].map((row) => `${row.dataset.rowId}.${row.dataset.rowVersion}`);
  if (nav) asked.set("asked", location.search.slice(1));
  if (nav && rows.length) asked.set("rows", rows.join(","));
  if (bar) asked.set("thing", bar.dataset.liveThing);
  return `/live/?${asked}`;
}

function tellCounts(counts) {
  const changed = [];
  for (const [key, text] of Object.entries(counts)) {
    const place = nav.querySelector(`[data-live-count="${CSS.escape(key)}"]`);
    if (!place || place.textContent === text) continue;
    place.textContent = text;
    changed.push(place);
  }
  if (changed.some((place) => place.closest("[aria-current]"))) show(document.querySelector("[data-live-changed]"));
}

// What a list that cannot wait offers to show, it shows once nobody touches the page.
function showRest() {
  const offered = document.querySelector("[data-live-changed]:not([hidden])");
  if (offered && every < USUAL && Date.now() - touched > STILL && !document.querySelector("input[name=pick]:checked")) return redrawAll();
}

function show(box) {
  if (box) box.hidden = false;
}

const rowOf = (page, id) => page.querySelector(`[data-row-id="${CSS.escape(String(id))}"]`);

async function fresh() {
  const answer = await fetch(location.href, { headers: { "X-Poll": "1" }, credentials: "same-origin", redirect: "manual" });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function keepPick(from, to) {
  const box = from.querySelector("input[name=pick]");
  const next = to.querySelector("input[name=pick]");
  if (box && next) next.checked = box.checked;
  for (const look of ["is-at", "is-selected"]) to.classList.toggle(look, from.classList.contains(look));
  if (from.tabIndex === -1) to.tabIndex = -1;
}

function swap(from, to) {
  const focused = document.activeElement === from;
  keepPick(from, to);
  from.replaceWith(to);
  if (focused) to.focus({ preventScroll: true });
}

// Rows that changed, each in its place; one that no longer belongs here stays until it is asked for.
async function redraw(ids) {
  const page = await fresh();
  for (const id of ids) {
    const old = rowOf(document, id);
    const now = rowOf(page, id);
    if (old && now) swap(old, now);
    else if (old) {
      old.classList.add("is-gone");
      delete old.dataset.rowVersion;
      show(document.querySelector("[data-live-changed]"));
    }
  }
}

// The whole list as it is now, without a reload: picks, the row one is at and the place stay.
async function redrawAll() {
  const page = await fresh();
  const old = document.querySelector("tbody[data-rows]");
  const now = page.querySelector("tbody[data-rows]");
  if (!old || !now) return location.reload();
  for (const row of old.querySelectorAll("[data-row-id]")) {
    const next = rowOf(now, row.dataset.rowId);
    if (next) keepPick(row, next);
  }
  const at = old.contains(document.activeElement) ? document.activeElement.closest("[data-row-id]")?.dataset.rowId : null;
  old.replaceWith(now);
  if (at) rowOf(document, at)?.focus({ preventScroll: true });
  const foot = page.querySelector(".table-foot");
  if (foot) document.querySelector(".table-foot")?.replaceWith(foot);
  document.querySelector("[data-live-changed]").hidden = true;
  document.dispatchEvent(new Event("rows:count"));
}

function tell(found) {
  if (found.rows?.length) redraw(found.rows).catch(() => show(document.querySelector("[data-live-changed]")));

  if (found.counts && nav) tellCounts(found.counts);
  if (found.ids?.some((id) => !rowOf(document, id))) show(document.querySelector("[data-live-changed]"));
  if (found.thing && bar && found.thing.version !== bar.dataset.liveVersion) {
    bar.querySelector("[data-live-words]").textContent = found.thing.text;
    show(bar);
  }
}

async function ask() {
  clearTimeout(timer);
  if (document.visibilityState !== "visible") return; // asked again when it is looked at
  try {
    const headers = { "X-Poll": "1" };
    if (mark) headers["If-None-Match"] = mark;
    const answer = await fetch(address(), { headers, credentials: "same-origin", redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 401) return toast(word("signedOut"), { tone: "red", url: location.href, action: word("confirm") });
    if (answer.status === 404 || answer.status === 403) return; // no longer ours to watch
    failures = answer.ok || answer.status === 304 ? 0 : failures + 1;
    if (answer.status === 200) {
      mark = answer.headers.get("ETag") || "";
      tell(await answer.json());
    }
    await showRest();
  } catch {
    failures += 1;
  }
  plan();
}

function plan() {
  // Spread, so that two hundred pages opened at nine do not ask at one moment.
  const wait = every * 1000 * Math.min(8, 2 ** failures) * (0.8 + 0.4 * Math.random());
  timer = setTimeout(ask, wait);
}

if (nav || bar) {
  plan();
  for (const touch of ["pointermove", "pointerdown", "keydown", "wheel"]) addEventListener(touch, () => (touched = Date.now()), { passive: true });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
  document.addEventListener("live:ask", ask);
}
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-live-show]")) return;
  event.preventDefault();
  if (document.querySelector("[data-live-changed]:not([hidden])")?.contains(event.target)) redrawAll().catch(() => location.reload());
  else location.reload();
});

// A conflict: take what stands there now into the field.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-take]");
  if (!button) return;
  const wanted = button.dataset.takeValue.split("\n");
  for (const field of document.getElementsByName(button.dataset.take)) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = wanted.includes(field.value);
    else if (field.tagName === "TEXTAREA") field.value = button.dataset.takeValue;
    else field.value = wanted[0];
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  button.disabled = true;
});
