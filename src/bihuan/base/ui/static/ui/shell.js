// The shell: menu, menus that close, confirm boxes, forms. Every other module is loaded from here.
import { icon, word } from "./words.js";
import { toast } from "./toasts.js";
import "./floats.js";
import "./keys.js";
import "./palette.js";
import "./deadline.js";
import "./explain.js";
import "./draft.js";
import "./rows.js";
import "./live.js";
import "./passkey.js";

const root = document.documentElement;
const keep = "; path=/; max-age=31536000; samesite=lax" + (location.protocol === "https:" ? "; secure" : "");

function foldMenu() {
  if (matchMedia("(max-width: 1200px)").matches) {
    root.classList.toggle("menu-open");
    return;
  }
  const folded = root.classList.toggle("menu-folded");
  document.cookie = `bihuan_menu=${folded ? "folded" : "open"}${keep}`;
}

function openMenu(button) {
  const open = root.classList.toggle("menu-open");
  button.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector(".menu a")?.focus();
}

document.addEventListener("click", (event) => {
  const at = event.target.closest?.bind(event.target);
  if (!at) return;
  if (at("[data-fold]")) foldMenu();
  const opener = at("[data-menu-open]");
  if (opener) openMenu(opener);
  else if (root.classList.contains("menu-open") && !at("#menu")) root.classList.remove("menu-open");
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const copy = at("[data-copy]");
  if (copy) copyText(copy.dataset.copy);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
  root.classList.remove("menu-open");
});

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast(word("copied"), { tone: "green" });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

// A form is sent once: its button is busy until the answer comes.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.defaultPrevented || event.target.method === "dialog") return;
  if (event.target.hasAttribute("hx-post") || event.target.method !== "post") return;
  if ("download" in event.target.dataset) return; // a file leaves the page as it is: no answer would free the button
  if (event.target.dataset.sent === "1") {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "1";
  button.classList.add("busy");
  button.prepend(icon("loader-2"));
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll(".btn.busy")) {
    button.classList.remove("busy");
    button.querySelector(".icon")?.remove();
  }
});

// The first thing that is wrong gets the focus; a flow shows its present step.
function settle(part) {
  const wrong = part.querySelector(".field.has-error input, .field.has-error select, .field.has-error textarea");
  (wrong || part.querySelector("[data-focus]"))?.focus();
  const step = part.querySelector("[data-stepper] [aria-current]");
  const track = step?.closest("[data-stepper]");
  if (track && track.scrollWidth > track.clientWidth) {
    track.scrollLeft = step.offsetLeft - (track.clientWidth - step.offsetWidth) / 2;
  }
}
settle(document);
document.addEventListener("htmx:afterSwap", (event) => settle(event.target));
