// Drafts: every long form keeps what was typed in this browser, per person and address. A crash, a
// lost signal, an ended session or a refused save loses nothing. Received by the server: cleared.
// Signed out: nothing stays.
import { clock, word } from "./words.js";

const WEEK = 7 * 24 * 3600 * 1000;
const who = document.body.dataset.user || "nobody";
const dirty = new Set();
const pending = new Map();

const long = (form) => form.hasAttribute("data-draft") || (form.method === "post" && form.querySelector("textarea") && form.dataset.noDraft === undefined);
const place = (form) => form.dataset.draft || form.getAttribute("hx-post") || form.getAttribute("action") || location.pathname;
const keyOf = (form) => `draft:${who}:${place(form)}`;
const skipped = (field) => !field.name || ["password", "file", "hidden", "submit", "button"].includes(field.type);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const version = (form) => form.querySelector("input[type=hidden][name=version]");

function read(form) {
  const values = {};
  for (const field of form.elements) {
    if (skipped(field)) continue;
    const on = !["checkbox", "radio"].includes(field.type) || field.checked;
    if (field.type === "select-multiple") values[field.name] = [...field.selectedOptions].map((o) => o.value);
    else if (on) (values[field.name] ||= []).push(field.value);
    else values[field.name] ||= [];
  }
  return values;
}

function write(form, values) {
  const seen = {};
  for (const field of form.elements) {
    if (skipped(field) || !(field.name in values)) continue;
    const stored = values[field.name];
    if (["checkbox", "radio"].includes(field.type)) field.checked = stored.includes(field.value);
    else if (field.type === "select-multiple") for (const o of field.options) o.selected = stored.includes(o.value);
    else {
      const at = (seen[field.name] = (seen[field.name] ?? -1) + 1);
      if (stored[at] !== undefined) field.value = stored[at];
    }
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// What the form was read with: a draft of an older version is told as a conflict when it is saved.
const origins = (form) => Object.fromEntries([...form.querySelectorAll("input[type=hidden][name^=initial-]")].map((field) => [field.name, field.value]));

function restoreOrigins(form, stored) {
  const mark = version(form);
  if (!mark || !stored.version || stored.version === mark.value) return;
  mark.value = stored.version;
  for (const field of form.querySelectorAll("input[type=hidden][name^=initial-]")) {
    if (field.name in (stored.origins || {})) field.value = stored.origins[field.name];
  }
}

function note(form, text, drop) {
  let line = form.querySelector(".draft-note");
  if (!line) {
    line = document.createElement("div");
    line.className = "draft-note";
    line.setAttribute("role", "status");
    form.prepend(line);
  }
  line.replaceChildren(document.createTextNode(text));
  if (!drop) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn quiet small";
  button.textContent = word("draftDrop");
  button.addEventListener("click", drop);
  line.append(button);
}

// What was chosen while it was typed goes with it: by then the page may choose otherwise, and a note
// to colleagues would come back as a letter to the customer.
const chosen = (form) => Object.fromEntries([...form.elements].filter((field) => field.type === "radio" && field.name && field.checked).map((field) => [field.name, [field.value]]));

function keep(form, key, first, marks, before) {
  const typed = read(form);
  const changed = Object.fromEntries(Object.entries(typed).filter(([name, value]) => !same(value, first[name])));
  const values = { ...before, ...form.draftRest, ...changed };
  if (!Object.keys(values).length) return localStorage.removeItem(key);
  localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: { ...values, ...chosen(form) }, ...marks }));
}

function stored(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key) || "null");
    return found && Date.now() - found.at < WEEK ? found : null;
  } catch {
    localStorage.removeItem(key);
    return null;
  }
}

function watch(form) {
  if (form.dataset.draftWatched || !long(form)) return;
  form.dataset.draftWatched = "1";
  const key = keyOf(form);
  const first = read(form);
  const marks = { version: version(form)?.value, origins: origins(form) };
  const found = stored(key);
  // A form that comes back with errors already shows what was typed; its draft goes on from there.
  const refused = form.querySelector(".has-error, .form-errors, [data-draft-refused]");
  // So does one that shows all of it already: nothing is brought back, and nothing said of it.
  const news = Object.entries(found?.values || {}).filter(([name, value]) => !same(value, first[name]));
  const restores = found && !refused && news.length;
  const before = found && !restores ? found.values : {};
  // What was chosen in a part that is not there yet: whoever fills that part in asks for it.
  form.draftRest = restores ? Object.fromEntries(news.filter(([name]) => !(name in first))) : {};
  if (restores) {
    write(form, { ...first, ...found.values });
    restoreOrigins(form, found);
    Object.assign(marks, { version: found.version, origins: found.origins });
    dirty.add(form);
    note(form, word("draftBack", { time: clock(new Date(found.at)) }), () => {
      localStorage.removeItem(key);
      write(form, first);
      form.draftRest = {};
      dirty.delete(form);
      form.querySelector(".draft-note").remove();
    });
  }
  const now = () => {
    clearTimeout(pending.get(form));
    pending.delete(form);
    try {
      keep(form, key, first, marks, before);
      note(form, word("draftKept", { time: clock(new Date()) }));
    } catch {
      // the store is full or closed: the warning on leaving still holds
    }
  };
  form.addEventListener("input", () => {
    dirty.add(form);
    clearTimeout(pending.get(form));
    pending.set(form, setTimeout(now, 500));
  });
  form.draftNow = now;
  form.addEventListener("submit", () => {
    dirty.delete(form);
    now();
    try {
      sessionStorage.setItem("draft-sent", key);
    } catch {
      // nothing to keep it in
    }
  });
}

// Received: the page after the submit came by a redirect, belongs to the same person and tells no
// error. A refusal, a sign-in page or an error page keeps the draft.
const sent = sessionStorage.getItem("draft-sent");
sessionStorage.removeItem("draft-sent");
const [visit] = performance.getEntriesByType("navigation");
const told = document.querySelector("#toasts .toast.red, .form-errors, [data-draft-refused], .has-error");
if (sent?.startsWith(`draft:${who}:`) && visit?.redirectCount > 0 && !told) localStorage.removeItem(sent);

function forget(test) {
  for (const key of Object.keys(localStorage)) if (key.startsWith("draft:") && test(key)) localStorage.removeItem(key);
}
forget((key) => !stored(key));

// Signing out on this device: what this person typed goes with them.
document.addEventListener("submit", (event) => {
  if (!/\/logout\/$/.test(event.target.getAttribute("action") || "")) return;
  for (const timer of pending.values()) clearTimeout(timer);
  dirty.clear();
  pending.clear();
  forget((key) => key.startsWith(`draft:${who}:`));
  sessionStorage.clear();
});

function watchAll(part) {
  for (const form of part.querySelectorAll?.("form") || []) watch(form);
}
watchAll(document);
document.addEventListener("htmx:afterSwap", (event) => watchAll(event.target));
document.addEventListener("ui:filled", (event) => watchAll(event.target));
// A look-up or a preview inside the form saves nothing: only the form itself, or a button that ends
// the matter another way, settles the draft.
document.addEventListener("htmx:afterRequest", (event) => {
  // What it ended may have taken the button with it: then the event comes from where it stood.
  const done = event.detail.requestConfig?.triggeringEvent?.target?.closest?.("[data-draft-done]");
  const form = done ? event.target.closest("form") : event.target;
  if (!form?.dataset?.draftWatched || event.detail.requestConfig?.verb === "get") return;
  const { status } = event.detail.xhr; // htmx leaves `successful` unset when the answer sends the page elsewhere
  if (status >= 200 && status < 400) localStorage.removeItem(keyOf(form));
  else dirty.add(form);
});
// What was typed in the last half second before the page goes.
addEventListener("pagehide", () => {
  for (const form of pending.keys()) form.draftNow();
});
addEventListener("beforeunload", (event) => {
  if ([...dirty].some((form) => form.isConnected && !form.querySelector(".draft-note") && !pending.has(form))) event.preventDefault();
});
