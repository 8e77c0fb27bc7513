// The composer of a ticket and the keys of the call desk.

// A reload brings back what was typed (the draft); who is calling is asked again with it, and with
// the machine that was chosen.
addEventListener("load", () => {
  const asked = document.querySelector("[data-recall]");
  if (!asked || document.querySelector("#known [name=customer]")) return;
  const chosen = Object.entries(asked.closest("form").draftRest || {}).filter(([, [value]]) => value);
  if (!chosen.length && ![...asked.querySelectorAll("[name=phone],[name=who]")].some((field) => field.value)) return;
  asked.addEventListener("htmx:configRequest", (event) => {
    for (const [name, [value]] of chosen) event.detail.parameters[name] = value;
  }, { once: true });
  htmx.trigger(asked, "recall");
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-insert]");
  if (!button) return;
  const area = button.closest("form").querySelector("textarea[name=text]");
  area.value = area.value ? `${area.value}\n${button.dataset.insert}` : button.dataset.insert;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  button.closest("details")?.removeAttribute("open");
  area.focus();
});

document.addEventListener("click", (event) => {
  const chip = event.target.closest?.("[data-symptom]");
  if (!chip) return;
  const field = document.querySelector("[name=title]");
  const said = field.value.split("，").filter(Boolean);
  const word = chip.dataset.symptom;
  field.value = (said.includes(word) ? said.filter((each) => each !== word) : [...said, word]).join("，");
  chip.setAttribute("aria-pressed", String(!said.includes(word)));
  field.focus();
});

// While somebody writes, an answer that a colleague gave meanwhile counts as not seen: sending says so.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target?.id !== "ticket-seen") return;
  const area = document.querySelector("[data-composer] textarea[name=text]");
  if (area?.value.trim()) event.detail.shouldSwap = false;
});

document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-files]")) return;
  const names = [...event.target.files].map((file) => file.name).join("，");
  event.target.closest("form").querySelector("[data-files-names]").textContent = names;
});

// A hand-over names only people of the queue (or line) that was chosen.
const narrow = (people) => {
  const chosen = people.form.elements[people.dataset.of]?.selectedOptions[0]?.text ?? "";
  for (const group of people.querySelectorAll("optgroup")) {
    group.disabled = group.hidden = chosen !== group.label && !chosen.startsWith(`${group.label}（`);
  }
  if (people.selectedOptions[0]?.parentElement.hidden) people.value = "";
};
document.addEventListener("focusin", (event) => event.target.matches?.("select[data-of]") && narrow(event.target));
document.addEventListener("change", (event) => {
  const people = event.target.form?.querySelector("select[data-of]");
  if (people?.dataset.of === event.target.name) narrow(people);
});
