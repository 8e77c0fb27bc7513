// Toasts: bottom left, at most three, eight seconds; errors stay until they are closed.
import { icon, word } from "./words.js";

const SECONDS = 8;
const icons = { green: "circle-check", orange: "alert-triangle", red: "alert-circle" };
const box = document.getElementById("toasts");

export function toast(text, { tone = "", url = "", action = "" } = {}) {
  if (!box) return;
  const row = document.createElement("div");
  row.className = `toast ${tone}`;
  row.dataset.toast = tone === "red" ? "stay" : "pass";
  const words = document.createElement("span");
  words.className = "words";
  words.textContent = text;
  row.append(icon(icons[tone] || "info-circle", 18), words);
  if (url && action) {
    const link = document.createElement("a");
    link.href = url;
    link.textContent = action;
    row.append(link);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.setAttribute("aria-label", word("close"));
  close.dataset.toastClose = "";
  close.append(icon("x"));
  row.append(close);
  box.append(row);
  watch(row);
  while (box.children.length > 3) box.firstElementChild.remove();
}

function watch(row) {
  if (row.dataset.toast !== "pass") return;
  let timer = setTimeout(() => row.remove(), SECONDS * 1000);
  row.addEventListener("mouseenter", () => clearTimeout(timer));
  row.addEventListener("mouseleave", () => (timer = setTimeout(() => row.remove(), SECONDS * 500)));
}

box?.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest(".toast").remove());
for (const row of box?.children || []) watch(row);

// Toasts of an answer that is left at once are shown on the page that follows.
export function carry(rows) {
  const said = rows.map((row) => ({
    text: row.querySelector(".words").textContent,
    tone: ["green", "orange", "red"].find((tone) => row.classList.contains(tone)) || "",
  }));
  if (said.length) sessionStorage.setItem("toasts", JSON.stringify(said));
}
for (const { text, tone } of JSON.parse(sessionStorage.getItem("toasts") || "[]")) toast(text, { tone });
sessionStorage.removeItem("toasts");

document.addEventListener("toast", (event) => {
  const { text, value, ...look } = event.detail;
  toast(text || value, look);
});
// What a page asks by itself is no step of anybody, and nothing was lost; it asks again.
const byItself = (event) => event.detail.requestConfig?.headers["X-Poll"] === "1";
document.addEventListener("htmx:sendError", (event) => byItself(event) || toast(word("failed"), { tone: "red" }));
document.addEventListener("htmx:responseError", (event) => {
  const xhr = event.detail.xhr;
  if (byItself(event) && xhr.status >= 500) return; // a proxy, while the server starts anew
  if (xhr.status === 401) return toast(word("signedOut"), { tone: "red", url: location.href, action: word("confirm") });
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const said = page.querySelector(".notice-title, main h1")?.textContent.trim();
  toast(said || word("refused"), { tone: "red" });
});
