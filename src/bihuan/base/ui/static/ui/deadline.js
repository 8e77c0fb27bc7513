// Deadline chips in clock time tick once a minute. Chips in working time stand still: only the
// server knows the calendar. The browser's own clock is not trusted: the server's moment is.
import { word } from "./words.js";

const SOON = 0.75;
const LOOKS = ["far", "running", "soon", "late"];
const loaded = performance.now();

function minutes(n) {
  const h = Math.floor(n / 60);
  const m = n % 60;
  if (!h) return word("minutes", { m });
  return m ? word("both", { h, m }) : word("hours", { h });
}

function tick(chip) {
  chip.dataset.seen ||= String(performance.now());
  const passed = (performance.now() - Number(chip.dataset.seen)) / 1000;
  const now = Number(chip.dataset.now) + passed;
  const due = Number(chip.dataset.due);
  const opened = Number(chip.dataset.opened) || 0;
  const late = now > due;
  const words = chip.querySelector(".chip-words");
  words.textContent = word(late ? "late" : "left", { time: minutes(Math.floor(Math.abs(due - now) / 60)) });
  const used = opened && due > opened ? Math.min(1, Math.max(0, (now - opened) / (due - opened))) : null;
  const look = late ? "late" : used !== null && used >= SOON ? "soon" : "running";
  chip.classList.remove(...LOOKS);
  chip.classList.add(look);
  const shape = { late: "alert-circle", soon: "hourglass", running: "clock" }[look];
  const use = chip.querySelector("use");
  use?.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${shape}`));
  if (used !== null) chip.querySelector(".chip-line rect")?.setAttribute("width", String(Math.round(used * 100)));
}

// A width is a class of a sheet of our own: an inline style would be refused by the content security
// policy as soon as the page is parsed anew, as htmx does when somebody goes back.
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
const widths = new Set();

function wide(n) {
  if (!widths.has(n)) sheet.insertRule(`.chip-words.at-least-${n} { min-width: ${n}px; }`);
  widths.add(n);
  return `at-least-${n}`;
}

function hold(part) {
  for (const chip of part.querySelectorAll?.("[data-due]") || []) {
    chip.dataset.seen ||= String(part === document ? loaded : performance.now());
    const words = chip.querySelector(".chip-words");
    words.classList.add(wide(Math.ceil(words.getBoundingClientRect().width)));
  }
}

hold(document);
document.addEventListener("htmx:afterSwap", (event) => hold(event.target));
setInterval(() => {
  for (const chip of document.querySelectorAll("[data-due]")) tick(chip);
}, 60_000);
