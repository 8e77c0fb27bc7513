// Drafts: a form marked data-draft keeps what was typed in this browser, per person and address.
// A crash, a lost signal or a closed tab loses nothing; a successful submit clears it.
import { clock, word } from "./words.js";

const WEEK = 7 * 24 * 3600 * 1000;
const who = document.body.dataset.user || "nobody";
const dirty = new Set();

const keyOf = (form) => `draft:${who}:${form.dataset.draft || location.pathname}`;
const skipped = (field) => !field.name || ["password", "file", "hidden", "submit"].includes(field.type);

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

function watch(form) {
  if (form.dataset.draftWatched) return;
  form.dataset.draftWatched = "1";
  const key = keyOf(form);
  const first = read(form);
  let stored = null;
  try {
    stored = JSON.parse(localStorage.getItem(key) || "null");
  } catch {
    localStorage.removeItem(key);
  }
  // A form that comes back with errors already shows what was typed.
  if (stored && Date.now() - stored.at < WEEK && !form.querySelector(".has-error")) {
    write(form, stored.values);
    dirty.add(form);
    note(form, word("draftBack", { time: clock(new Date(stored.at)) }), () => {
      localStorage.removeItem(key);
      write(form, first);
      dirty.delete(form);
      form.querySelector(".draft-note").remove();
    });
  }
  let timer = 0;
  form.addEventListener("input", () => {
    dirty.add(form);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const at = Date.now();
      try {
        localStorage.setItem(key, JSON.stringify({ at, values: read(form) }));
        note(form, word("draftKept", { time: clock(new Date(at)) }));
      } catch {
        // the store is full or closed: the warning on leaving still holds
      }
    }, 500);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    dirty.delete(form);
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: read(form) }));
      sessionStorage.setItem("draft-sent", key);
    } catch {
      // nothing to keep it in
    }
  });
}

// The page after the submit: without errors in the same form the draft has been received.
const sent = sessionStorage.getItem("draft-sent");
if (sent && !document.querySelector("form[data-draft] .has-error, form[data-draft] .form-errors, [data-draft-refused]")) {
  localStorage.removeItem(sent);
}
sessionStorage.removeItem("draft-sent");

function watchAll(part) {
  for (const form of part.querySelectorAll?.("form[data-draft]") || []) watch(form);
}
watchAll(document);
document.addEventListener("htmx:afterSwap", (event) => watchAll(event.target));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form[data-draft]");
  if (!form || event.detail.requestConfig?.verb === "get") return;
  if (event.detail.successful && event.detail.xhr.status !== 422) localStorage.removeItem(keyOf(form));
  else dirty.add(form);
});
addEventListener("beforeunload", (event) => {
  if ([...dirty].some((form) => form.isConnected && !form.querySelector(".draft-note"))) event.preventDefault();
});
