// Ctrl K or /: one search over everything, and what can be done: the menu, "new …". /search/?q=
// gives html; without words it gives the commands.
import { busy, singleKeys, typing } from "./keys.js";
import { word } from "./words.js";

const box = document.getElementById("palette");
const input = document.getElementById("palette-input");
const list = document.getElementById("palette-list");
let timer = 0;
let asked = 0;
let answered = null;

function open() {
  if (!box || box.open) return;
  box.showModal();
  input.select();
  if (!list.children.length) ask();
}

function say(text) {
  const line = document.createElement("div");
  line.className = "palette-group";
  line.textContent = text;
  list.replaceChildren(...(text ? [line] : []));
}

const links = () => [...list.querySelectorAll("a[href]")];
const current = () => list.querySelector("a.is-at");

function mark(link) {
  for (const each of links()) {
    each.classList.toggle("is-at", each === link);
    each.setAttribute("role", "option");
    each.setAttribute("aria-selected", String(each === link));
  }
  link?.scrollIntoView({ block: "nearest" });
}

async function ask() {
  const query = input.value.trim();
  const turn = ++asked;
  try {
    const answer = await fetch(`/search/?q=${encodeURIComponent(query)}`, {
      headers: { "HX-Request": "true" },
      credentials: "same-origin",
    });
    const html = await answer.text();
    if (turn !== asked) return; // a later question was asked meanwhile
    if (!answer.ok) return say(word("failed"));
    list.innerHTML = html;
    answered = query;
    if (links().length) mark(links()[0]);
    else if (!list.textContent.trim()) say(word("nothing", { q: query }));
  } catch {
    if (turn === asked) say(word("failed"));
  }
}

input?.addEventListener("input", (event) => {
  if (event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(ask, 120);
});
input?.addEventListener("compositionend", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, 0);
});
input?.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  const all = links();
  const at = all.indexOf(current());
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!all.length) return;
    mark(all[(at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
  } else if (event.key === "Enter") {
    // Enter before the answer came means the first of it, never the one shown for other words.
    event.preventDefault();
    clearTimeout(timer);
    if (input.value.trim() === answered && current()) current().click();
    else ask().then(() => current()?.click());
  } else if (event.key === "Escape") {
    // a search field would only clear itself
    event.preventDefault();
    box.close();
  }
});
document.addEventListener("click", (event) => event.target.closest?.("[data-palette]") && open());
document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open();
  } else if (event.key === "/" && !typing(event) && !busy() && singleKeys()) {
    event.preventDefault();
    open();
  }
});
