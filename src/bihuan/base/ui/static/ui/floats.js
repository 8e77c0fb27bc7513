// Modal, drawer and confirm box. The focus goes in, stays in (dialog), and comes back.
import { carry } from "./toasts.js";
import { word } from "./words.js";

const skeleton = document.getElementById("skeleton");
let back = null;

// Forms of a fragment post into the float that shows it, also after they came back with errors.
function prepare(body) {
  for (const form of body.querySelectorAll("form[method=post]")) {
    if (!form.hasAttribute("hx-post")) form.setAttribute("hx-post", form.getAttribute("action") || body.dataset.url);
    if (!form.hasAttribute("hx-target")) form.setAttribute("hx-target", `#${body.id}`);
  }
  window.htmx?.process(body);
}
document.addEventListener("htmx:afterSwap", (event) => {
  if (["modal-body", "drawer-body"].includes(event.target.id)) prepare(event.target);
});

async function fill(dialog, body, url) {
  back = document.activeElement;
  body.replaceChildren(skeleton.content.cloneNode(true));
  if (!dialog.open) dialog.showModal();
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (answer.headers.get("HX-Redirect")) location.assign(answer.headers.get("HX-Redirect"));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  body.replaceChildren(...(page.querySelector("main") || page.body).childNodes);
  body.dataset.url = url;
  prepare(body);
  body.dispatchEvent(new Event("ui:filled", { bubbles: true }));
  const heading = body.querySelector("h1, h2");
  if (heading) {
    heading.id ||= `${dialog.id}-title`;
    dialog.setAttribute("aria-labelledby", heading.id);
  }
  const field = body.querySelector("[autofocus], .form-errors, input:not([type=hidden]), select, textarea");
  (field || body.querySelector(".btn.primary") || dialog).focus(); // what only asks is answered by Enter
}

function openFloat(kind, url) {
  const dialog = document.getElementById(kind);
  return fill(dialog, document.getElementById(`${kind}-body`), url).catch(() => location.assign(url));
}
export const openModal = (url) => openFloat("modal", url);
export const openDrawer = (url) => openFloat("drawer", url);

export function showTemplate(id) {
  const dialog = document.getElementById("modal");
  back = document.activeElement;
  document.getElementById("modal-body").replaceChildren(document.getElementById(id).content.cloneNode(true));
  dialog.showModal();
}

// A form in a float that was answered by a redirect is done: leave for that page. Its messages
// were written into the answer that htmx has fetched, so they are carried over.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr, requestConfig } = event.detail;
  if (!["modal-body", "drawer-body"].includes(target.id) || !xhr.responseURL) return;
  const asked = new URL(requestConfig.path, location.href);
  if (new URL(xhr.responseURL).pathname === asked.pathname) return;
  event.detail.shouldSwap = false;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  carry([...page.querySelectorAll("#toasts .toast")]);
  location.assign(xhr.responseURL);
});

function closeAll() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("close", () => back?.isConnected && back.focus());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

document.addEventListener("click", (event) => {
  const part = event.target.closest?.("[data-modal], [data-drawer], [data-close]");
  if (!part || event.ctrlKey || event.metaKey) return;
  if (part.dataset.modal || part.dataset.drawer) {
    event.preventDefault();
    const kind = part.dataset.modal ? "modal" : "drawer";
    openFloat(kind, part.dataset[kind]);
  } else part.closest("dialog")?.close();
});
// A fragment that posted well asks to be closed: HX-Trigger: {"close": true}.
document.addEventListener("close", (event) => event.target.closest?.("[data-modal-root], body") && closeAll());

// Confirm: the consequence first, the safe button has the focus.
const box = document.getElementById("confirm");
const part = (name) => box.querySelector(`[data-confirm-${name}]`);

export function confirmed(source) {
  return new Promise((resolve) => {
    back = source;
    part("title").textContent = source.dataset.confirmTitle || word("sure");
    part("text").textContent = source.dataset.confirm;
    part("yes").textContent = source.dataset.confirmButton || word("confirm");
    const typed = part("typed");
    const name = source.dataset.confirmTyped || "";
    typed.hidden = !name;
    typed.querySelector("label").textContent = word("typeName", { name });
    const input = typed.querySelector("input");
    input.value = "";
    part("yes").disabled = Boolean(name);
    input.oninput = () => (part("yes").disabled = input.value.trim() !== name);
    let answer = false;
    part("yes").onclick = () => {
      answer = true;
      box.close();
    };
    part("no").onclick = () => box.close();
    box.addEventListener("close", () => resolve(answer), { once: true });
    box.showModal();
    part("no").focus();
  });
}

document.addEventListener(
  "click",
  async (event) => {
    const button = event.target.closest?.("[data-confirm]");
    if (!button || button.dataset.confirmed === "1") {
      if (button) delete button.dataset.confirmed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (button.form && !button.form.reportValidity()) return;
    if (!(await confirmed(button))) return;
    button.dataset.confirmed = "1";
    button.click();
  },
  true,
);
