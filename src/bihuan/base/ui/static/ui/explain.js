// A popover (a sheet on a phone) beside what was pressed, filled from data-explain-url.
const pop = document.getElementById("popover");
const body = document.getElementById("popover-body");
const skeleton = document.getElementById("skeleton");
let from = null;

function place(source) {
  if (matchMedia("(max-width: 640px)").matches) return;
  const box = source.getBoundingClientRect();
  const width = pop.offsetWidth;
  const left = Math.max(12, Math.min(box.left, innerWidth - width - 12));
  const below = box.bottom + 8 + pop.offsetHeight < innerHeight || box.top < pop.offsetHeight;
  pop.style.left = `${left + scrollX}px`;
  pop.style.top = `${(below ? box.bottom + 8 : box.top - pop.offsetHeight - 8) + scrollY}px`;
}

export async function explain(source) {
  if (from === source && !pop.hidden) return close();
  from = source;
  source.setAttribute("aria-expanded", "true");
  // A popover beside something in an open dialog must lie in that dialog, or it is behind it.
  (source.closest("dialog") || document.body).append(pop);
  body.replaceChildren(skeleton.content.cloneNode(true));
  pop.hidden = false;
  place(source);
  try {
    const answer = await fetch(source.dataset.explainUrl, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    body.replaceChildren(...(page.querySelector("main") || page.body).childNodes);
    window.htmx?.process(body);
  } catch {
    return location.assign(source.getAttribute("href") || source.dataset.explainUrl);
  }
  place(source);
  body.focus({ preventScroll: true });
}

function close() {
  pop.hidden = true;
  from?.removeAttribute("aria-expanded");
  if (from?.isConnected) from.focus({ preventScroll: true });
  from = null;
}

document.addEventListener("click", (event) => {
  const source = event.target.closest?.("[data-explain-url]");
  if (source && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    event.stopPropagation();
    explain(source);
  } else if (!pop.hidden && (!pop.contains(event.target) || event.target.closest("[data-close]"))) {
    close();
  }
});
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || pop.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  },
  true,
);
