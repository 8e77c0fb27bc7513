// Lists by key: J K move, Enter opens, X selects, E explains; the bulk bar counts what is picked.
// Shift picks a range; "all N that match" is a number that the server fixes when the deed begins.
import { explain } from "./explain.js";
import { busy, singleKeys, typing } from "./keys.js";

const rows = () => [...document.querySelectorAll("[data-rows] [data-row-url]")].filter((row) => row.offsetParent !== null);
const at = () => document.querySelector("[data-rows] .is-at");
const picks = () => [...document.querySelectorAll("[data-rows] input[name=pick]")];

function go(step) {
  const all = rows();
  if (!all.length) return;
  const now = all.indexOf(at());
  const next = all[now < 0 ? 0 : Math.min(all.length - 1, Math.max(0, now + step))];
  at()?.classList.remove("is-at");
  next.classList.add("is-at");
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

const whole = () => document.querySelector("[data-bulk-whole]");
let last = null;

function range(box) {
  const all = picks();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
  if (from >= 0) for (const each of all.slice(from, to + 1)) each.checked = box.checked;
}

function takeAll(button) {
  for (const box of picks()) box.checked = true;
  whole().value = "1";
  count(Number(button.dataset.bulkAll));
}

function count(n = 0) {
  if (!n && whole()) whole().value = "";
  const picked = picks().filter((box) => box.checked);
  for (const box of picks()) box.closest("tr, li")?.classList.toggle("is-selected", box.checked);
  const bar = document.querySelector("[data-bulk]");
  if (bar) {
    bar.hidden = !picked.length;
    bar.querySelector("[data-bulk-count]").textContent = n || picked.length;
    const more = bar.querySelector("[data-bulk-all]");
    if (more) more.hidden = Boolean(n) || picked.length < picks().length;
  }
  const all = document.querySelector("[data-pick-all]");
  if (all) {
    all.checked = picked.length > 0 && picked.length === picks().length;
    all.indeterminate = picked.length > 0 && !all.checked;
  }
}

function clear() {
  for (const box of picks()) box.checked = false;
  count();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) for (const box of picks()) box.checked = event.target.checked;
  if (event.target.matches("[data-pick-all], input[name=pick]")) count();
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-bulk-clear]")) return clear();
  const every = event.target.closest?.("[data-bulk-all]");
  if (every) return takeAll(every);
  const box = event.target.closest?.("[data-rows] input[name=pick]");
  if (box) {
    if (event.shiftKey && last?.isConnected) range(box);
    last = box;
    count();
    return;
  }
  const row = event.target.closest?.("[data-rows] [data-row-url]");
  if (!row || event.target.closest("a, button, input, label, select, summary") || String(getSelection())) return;
  if (event.ctrlKey || event.metaKey) open(row.dataset.rowUrl);
  else location.assign(row.dataset.rowUrl);
});
// Ctrl Z outside of fields: the deed on many rows that was just done.
document.addEventListener("keydown", (event) => {
  const undo = document.querySelector("[data-undo]");
  if (!undo || typing(event) || busy() || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  event.preventDefault();
  undo.click();
});
// Columns: the address carries those that are shown, so that a link shows the same.
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.("[data-columns]") || menu.open || !menu.dataset.changed) return;
  const boxes = [...menu.querySelectorAll("[data-column]")];
  const on = boxes.filter((box) => box.checked).map((box) => box.value);
  const asked = new URL(location.href);
  asked.searchParams.delete("page");
  if (!on.length || on.length === boxes.length) asked.searchParams.delete("cols");
  else asked.searchParams.set("cols", on.join(","));
  if (![...asked.searchParams].length) asked.searchParams.set("q", "");
  location.assign(asked);
}, true);
document.addEventListener("change", (event) => {
  const menu = event.target.matches("[data-column]") && event.target.closest("[data-columns]");
  if (menu) menu.dataset.changed = "1";
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event) || busy()) return;
  const row = at();
  const key = event.key.toLowerCase();
  if (key === "enter" && row && document.activeElement === row) location.assign(row.dataset.rowUrl);
  else if (key === "escape" && picks().some((box) => box.checked)) clear();
  else if (!singleKeys()) return;
  else if (key === "j" || key === "k") go(key === "j" ? 1 : -1);
  else if (key === "x" && row) {
    const box = row.querySelector("input[name=pick]");
    if (box) box.click();
  } else if (key === "e" && row) {
    const source = row.querySelector("[data-explain-url]:not(.clause)");
    if (source) explain(source);
  } else return;
  event.preventDefault();
});
document.addEventListener("rows:count", () => count());
count();
