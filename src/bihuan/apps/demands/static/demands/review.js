// The meeting by keys: J and K from line to line, 1 to 5 for the three scores in turn, a letter for
// the decision. Dead in fields and while composing.
const form = document.querySelector("[data-review]");
const lines = form ? [...form.querySelectorAll("[data-line]")] : [];
const SCORES = ["urgency", "feasibility", "priority"];
let at = -1;
let turn = 0;

const radios = (line, name) => [...line.querySelectorAll(`[name="${line.id}-${name}"]`)];
const typing = (event) => event.target.closest?.("input:not([type=radio]), textarea, select, [contenteditable], dialog");

function go(to) {
  if (!lines.length) return;
  lines[at]?.classList.remove("is-at");
  at = Math.max(0, Math.min(lines.length - 1, to));
  turn = 0;
  lines[at].classList.add("is-at");
  lines[at].focus({ preventScroll: true });
  lines[at].scrollIntoView({ block: "nearest" });
}

function choose(radio) {
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

function clear(line) {
  line.querySelectorAll("input[type=radio]").forEach((radio) => { radio.checked = false; });
  line.querySelectorAll("input:not([type=radio]):not([type=hidden])").forEach((field) => { field.value = ""; });
  turn = 0;
  line.dispatchEvent(new Event("change", { bubbles: true }));
}

function count() {
  const place = form.querySelector("[data-count]");
  const n = lines.filter((line) => radios(line, "decision").some((radio) => radio.checked)).length;
  place.textContent = place.dataset.words.replace("{n}", n);
}

function press(event) {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  if (key === "J") go(at + 1);
  else if (key === "K") go(at - 1);
  else if (at < 0) return false;
  else if (/^[1-5]$/.test(key)) {
    choose(radios(lines[at], SCORES[turn]).find((radio) => radio.value === key));
    turn = (turn + 1) % SCORES.length;
  } else if (key === "W") lines[at].querySelector(`[name="${lines[at].id}-words"]`).focus();
  else if (key === "Backspace") clear(lines[at]);
  else {
    const radio = radios(lines[at], "decision").find((each) => each.dataset.letter === key);
    if (!radio) return false;
    choose(radio);
    const more = { P: "planned_for", M: "into", D: "words" }[key];
    if (more) lines[at].querySelector(`[name="${lines[at].id}-${more}"]`).focus();
  }
  return true;
}

if (form) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape" && typing(event) && form.contains(event.target)) go(at);
    else if (event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
    else if (document.body.dataset.keys === "off" || document.querySelector("dialog[open]")) return;
    else if (press(event)) event.preventDefault();
  });
  form.addEventListener("focusin", (event) => {
    const line = event.target.closest("[data-line]");
    const found = lines.indexOf(line);
    if (found >= 0 && found !== at) {
      lines[at]?.classList.remove("is-at");
      at = found;
      turn = 0;
      line.classList.add("is-at");
    }
  });
  form.addEventListener("change", count);
  count();
  const named = lines.findIndex((line) => `#${line.id}` === location.hash);
  if (named >= 0) go(named);
}
