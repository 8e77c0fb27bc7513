// The report of a customer: photos made small enough for a weak network, one key for one report
// until it arrived, and sent again by itself when the network comes back.
const LONGEST = 2048;
const SMALL = 600 * 1024;
const DAY = 24 * 3600 * 1000;
const AGAIN = 8000;

async function smaller(file) {
  if (file.size <= SMALL || !("createImageBitmap" in window)) return file;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const share = Math.min(1, LONGEST / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * share);
    canvas.height = Math.round(image.height * share);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file; // what the browser cannot read, the server names
  }
}

async function pick(input) {
  const form = input.form;
  const box = form.querySelector("[data-previews]");
  const buttons = form.querySelectorAll("button[type=submit]");
  for (const each of buttons) each.disabled = true;
  try {
    const files = await Promise.all([...input.files].map(smaller));
    const kept = new DataTransfer();
    for (const each of files) kept.items.add(each);
    input.files = kept.files;
  } finally {
    for (const each of buttons) each.disabled = false;
  }
  box.replaceChildren(
    ...[...input.files].filter((each) => each.type.startsWith("image/")).map((each) => {
      const image = document.createElement("img");
      image.alt = each.name;
      image.src = URL.createObjectURL(each);
      image.onload = () => URL.revokeObjectURL(image.src);
      return image;
    }),
  );
}
document.addEventListener("change", (event) => {
  if (event.target.matches?.("input[data-photos]")) pick(event.target);
});

// The page asks again by itself: a poll that found no network says nothing.
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  addEventListener(name, (event) => ["live", "suggest"].includes(event.target.id) && event.stopPropagation(), true);
}

// “Received” is said once; a bookmark of the page does not say it again.
if (new URLSearchParams(location.search).has("sent")) history.replaceState(null, "", location.pathname);

// The key outlives a reload and a crash of the browser, until the server has said that it has it.
function keyed(form) {
  const name = `portal:${location.pathname}`;
  const field = form.elements.key;
  try {
    const known = JSON.parse(localStorage.getItem(name) || "null");
    if (known && Date.now() - known.at < DAY) field.value = known.key;
    else localStorage.setItem(name, JSON.stringify({ at: Date.now(), key: field.value }));
  } catch {
    // no store: the key of the page holds while the page is open
  }
  return () => localStorage.removeItem(name);
}

const form = document.querySelector("form[data-report]");
if (form) {
  const arrived = keyed(form);
  const note = form.querySelector("[data-offline]");
  let timer = 0;
  const again = () => {
    clearTimeout(timer);
    if (!note.hidden) window.htmx.trigger(form, "submit");
  };
  // A report that did not arrive keeps its draft, also over a reload.
  const stays = () => sessionStorage.removeItem("draft-sent");
  const failed = () => {
    stays();
    note.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(again, AGAIN);
  };
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    addEventListener(name, (event) => {
      if (event.target !== form) return;
      event.stopPropagation(); // the shell would say that nothing was kept
      failed();
    }, true);
  }
  addEventListener("online", again);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form && !form.contains(event.target)) return;
    if (event.target.closest?.("[data-suggest]")) return; // a suggestion is no report
    const status = event.detail.xhr?.status || 0;
    if ([502, 503, 504].includes(status)) return failed();
    if (status) note.hidden = true;
    if (status === 204) arrived();
    else stays();
  });
  document.addEventListener("htmx:afterSwap", () => form.querySelector(".form-errors")?.focus());
}
