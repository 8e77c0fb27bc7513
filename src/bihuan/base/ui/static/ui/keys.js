// Single keys press what carries data-key. They are dead in fields, while an input method is
// composing, and when the person switched them off.
import { showTemplate } from "./floats.js";

const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable=false])";

export function typing(event) {
  return event.isComposing || event.keyCode === 229 || Boolean(event.target.closest?.(FIELDS));
}

export function busy() {
  return Boolean(document.querySelector("dialog[open]"));
}

// The list of keys: those of every page, and what this page has on its buttons.
export function showKeys() {
  const here = [...document.querySelectorAll("[data-key]")].filter((each) => each.offsetParent !== null);
  showTemplate("key-help");
  const list = document.querySelector("#modal-body [data-keys-here]");
  if (!list || !here.length) return;
  list.hidden = false;
  document.querySelector("#modal-body [data-keys-title]").hidden = false;
  for (const each of here) {
    const row = document.createElement("li");
    const words = document.createElement("span");
    const copy = each.cloneNode(true);
    for (const cap of copy.querySelectorAll("kbd, .kbd, .icon")) cap.remove();
    words.textContent = each.getAttribute("aria-label") || copy.textContent.trim() || each.title;
    const cap = document.createElement("kbd");
    cap.className = "kbd";
    cap.textContent = each.dataset.key.length === 1 ? each.dataset.key.toUpperCase() : each.dataset.key;
    row.append(words, cap);
    list.append(row);
  }
}

document.addEventListener("click", (event) => event.target.closest?.("[data-help]") && showKeys());

export const singleKeys = () => document.body.dataset.keys !== "off";

// The button on which Ctrl Enter is written: it is pressed wherever the focus is, as it says.
function capped(root) {
  const caps = [...root.querySelectorAll("button .kbd")].filter((cap) => cap.textContent.trim() === "Ctrl Enter");
  return caps.map((cap) => cap.closest("button")).find((each) => each.offsetParent !== null);
}

function named(event) {
  const parts = [event.ctrlKey || event.metaKey ? "ctrl" : "", event.altKey ? "alt" : "", event.key.toLowerCase()];
  return parts.filter(Boolean).join(" ");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  const name = named(event);
  if (name === "ctrl enter") {
    const form = event.target.closest?.("form");
    const button = form
      ? capped(form) || form.querySelector("button.primary[type=submit], button.primary:not([type])")
      : capped(document.querySelector("dialog[open]") || document);
    if (button && !button.disabled) {
      event.preventDefault();
      button.click();
    }
    return;
  }
  const bare = !event.ctrlKey && !event.metaKey && !event.altKey;
  const letter = bare && event.key.length === 1;
  if (letter && (typing(event) || busy() || !singleKeys())) return;
  if (name === "?") {
    event.preventDefault();
    showKeys();
    return;
  }
  const targets = [...document.querySelectorAll("[data-key]")];
  const target = targets.find((each) => each.dataset.key.toLowerCase() === name && each.offsetParent !== null);
  if (target && !target.disabled && (letter || /^f\d|^(ctrl|alt) /.test(name))) {
    event.preventDefault();
    if (target.matches("input[type=radio], input[type=checkbox]")) target.click();
    else if (target.matches(FIELDS)) target.focus();
    else target.click();
  }
});
