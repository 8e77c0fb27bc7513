// The call desk and the quick log: steps by key, problems and promises, what saving will create.
// Without this script every step, problem and promise is shown one under the other and works.

const form = document.querySelector("[data-desk], [data-quick]");

function all(selector, root = form) {
  return [...root.querySelectorAll(selector)];
}

// One tap for all blocks of a talk.
document.querySelector("[data-tick-all]")?.addEventListener("click", (event) => {
  for (const box of event.target.closest("fieldset").querySelectorAll("input[type=checkbox]")) {
    box.checked = true;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// Problems and promises: only those with words are shown, the next one on demand.
function textOf(group) {
  return group.querySelector("input[type=text]");
}

function showGroups() {
  for (const group of all("[data-group]")) group.hidden = !textOf(group).value && !group.dataset.open;
  for (const button of all("[data-add]")) button.disabled = !free(button.dataset.add);
}

function free(kind) {
  return all(`[data-group=${kind}]`).find((group) => group.hidden);
}

function open(kind, text = "") {
  const group = free(kind);
  if (!group) return null;
  group.dataset.open = "1";
  group.hidden = false;
  if (text) textOf(group).value = text;
  showGroups();
  return group;
}

function wireGroups() {
  for (const row of all("[data-add-row]")) row.hidden = false;
  showGroups();
  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) {
      const group = open(add.dataset.add);
      if (group) textOf(group).focus();
    }
    const clear = event.target.closest("[data-clear]");
    if (clear) {
      const group = clear.closest("[data-group]");
      textOf(group).value = "";
      for (const radio of all("[name$=disposition]", group)) radio.checked = false;
      delete group.dataset.open;
      showGroups();
      form.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  form.addEventListener("change", (event) => {
    const problem = event.target.dataset?.problem;
    if (problem && event.target.checked && event.isTrusted) {
      const known = all("[data-group=problem]").some((group) => textOf(group).value === problem);
      if (!known) open("problem", problem);
    }
    if (event.target.closest?.("[data-group]")) showGroups();
    showOnly();
    preview();
  });
  form.addEventListener("input", preview);
}

// Fields that belong to some outcomes only.
function showOnly() {
  const chosen = form.querySelector("[data-outcome]:checked")?.value || "";
  for (const part of all("[data-only]")) part.hidden = !part.dataset.only.split(" ").includes(chosen);
}

// What hanging up will create.
function item(text, note, tone) {
  const li = document.createElement("li");
  const words = document.createElement("span");
  words.className = "row-title";
  words.textContent = text;
  li.append(words);
  if (!note) return li;
  const mark = document.createElement("span");
  mark.className = `status push ${tone}`;
  mark.textContent = note;
  li.append(mark);
  return li;
}

function preview() {
  const list = form.querySelector("[data-preview-list]");
  if (!list) return;
  const word = list.dataset;
  const outcome = form.querySelector("[data-outcome]:checked")?.value;
  const talked = new Set(all("[data-talked]:checked").map((box) => box.value));
  const lacking = [];
  for (const mark of all("[data-mark]")) {
    mark.classList.toggle("is-on", talked.has(mark.dataset.mark));
    if (!talked.has(mark.dataset.mark)) lacking.push(mark);
  }
  const done = outcome === "DONE" && !lacking.length;
  const rows = all("[data-serve]:checked").map((box) =>
    item(box.dataset.title, done ? word.wordDone : word.wordKept, done ? "green" : "grey"));
  for (const [kind, tone, title] of [["problem", "orange", word.wordProblem], ["promise", "blue", word.wordPromise]])
    for (const group of all(`[data-group=${kind}]`))
      if (textOf(group).value) rows.push(item(textOf(group).value, title, tone));
  if (!rows.length) rows.push(item(word.wordNothing, "", "grey"));
  list.replaceChildren(...rows);
  const line = form.querySelector("[data-missing]");
  if (line) line.textContent = lacking.length && outcome === "DONE" ? word.wordMissing : "";
}

// Steps: digits answer the question at hand, Enter goes on.
const panes = form ? all("[data-step]") : [];
let at = 0;

function questions() {
  return all("[data-question]", panes[at]);
}

function answered(question) {
  return Boolean(question.querySelector("input:checked")) || all("textarea, input[type=date]", question).some((field) => field.value);
}

function current() {
  return questions().find((question) => !answered(question) && question.querySelector("[data-digit]"));
}

function markCurrent() {
  const now = current();
  for (const question of all("[data-question]")) question.classList.toggle("is-at", question === now);
}

function talked() {
  const box = panes[at].querySelector("[data-talked]");
  if (box && !box.checked) {
    box.checked = true;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function go(to) {
  at = Math.max(0, Math.min(to, panes.length - 1));
  panes.forEach((pane, n) => { pane.hidden = n !== at; });
  all("[data-step-to]").forEach((button, n) => {
    if (n === at) {
      button.setAttribute("aria-current", "step");
      const bar = button.parentElement; // may be narrower than its steps
      bar.scrollLeft = button.offsetLeft - bar.offsetLeft - (bar.clientWidth - button.offsetWidth) / 2;
    } else button.removeAttribute("aria-current");
    const box = panes[n].querySelector("[data-talked]");
    button.classList.toggle("is-done", Boolean(box?.checked));
  });
  form.querySelector("[data-back]").hidden = at === 0;
  form.querySelector("[data-next]").hidden = at === panes.length - 1;
  form.querySelector("[data-save]").classList.toggle("primary", at === panes.length - 1);
  form.querySelector("[data-next]").classList.toggle("primary", at !== panes.length - 1);
  markCurrent();
  preview();
}

function next() {
  talked();
  go(at + 1);
}

function inField(event) {
  return event.isComposing || event.keyCode === 229
    || event.target.closest?.("textarea, select, input:not([type=radio]):not([type=checkbox]), [contenteditable]");
}

function onKey(event) {
  if (event.defaultPrevented || inField(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && !event.target.closest?.("button, a, summary") && at < panes.length - 1) {
    event.preventDefault();
    next();
  } else if (/^[1-9]$/.test(event.key) && document.body.dataset.keys !== "off") {
    const question = current() || questions().filter((each) => each.querySelector("[data-digit]")).at(-1);
    const choice = question?.querySelector(`[data-digit="${event.key}"]`);
    if (choice) {
      event.preventDefault();
      choice.click();
      talked();
      markCurrent();
    }
  }
}

function wireSteps() {
  document.querySelector(".desk").classList.add("is-live");
  form.querySelector(".desk-steps").hidden = false;
  form.addEventListener("click", (event) => {
    const to = event.target.closest("[data-step-to]");
    if (to) go(Number(to.dataset.stepTo));
    if (event.target.closest("[data-next]")) next();
    if (event.target.closest("[data-back]")) go(at - 1);
  });
  form.addEventListener("change", (event) => {
    if (event.isTrusted && event.target.closest("[data-question]")) {
      talked();
      markCurrent();
    }
  });
  document.addEventListener("keydown", onKey);
  go(form.querySelector(".form-errors") ? panes.length - 1 : 0);
}

if (form) {
  wireGroups();
  showOnly();
  if (form.matches("[data-desk]") && panes.length) wireSteps();
  preview();
}

// Check-in by place: the position goes along with the form and is not kept.
const place = document.querySelector("form[data-place]");
place?.addEventListener("submit", (event) => {
  if (place.elements.lat.value) return;
  event.preventDefault();
  const send = () => place.submit();
  navigator.geolocation.getCurrentPosition((found) => {
    place.elements.lat.value = found.coords.latitude;
    place.elements.lon.value = found.coords.longitude;
    send();
  }, send, { enableHighAccuracy: true, timeout: 15000 });
});
