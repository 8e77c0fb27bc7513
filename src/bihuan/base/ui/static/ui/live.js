// What others changed, without reload: the page asks every 20 seconds while it is looked at.
// Nothing moves by itself: counts change in their place, a bar offers to show the rest.
import { toast } from "./toasts.js";
import { word } from "./words.js";

const EVERY = 20_000;
const nav = document.querySelector("[data-live-list]");
const bar = document.querySelector("[data-live-thing]");
let mark = "";
let failures = 0;
let timer = 0;

function address() {
  const asked = new URLSearchParams();
  if (nav) asked.set("list", nav.dataset.liveList);
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

function show(box) {
  if (box) box.hidden = false;
}

function tell(found) {
  if (found.counts && nav) tellCounts(found.counts);
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
  } catch {
    failures += 1;
  }
  plan();
}

function plan() {
  // Spread, so that two hundred pages opened at nine do not ask at one moment.
  const wait = EVERY * Math.min(8, 2 ** failures) * (0.8 + 0.4 * Math.random());
  timer = setTimeout(ask, wait);
}

if (nav || bar) {
  plan();
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
  document.addEventListener("live:ask", ask);
}
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-live-show]")) return;
  event.preventDefault();
  location.reload();
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
