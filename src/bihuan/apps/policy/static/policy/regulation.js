// Marks the clause whose cards are shown, and brings a clause that was asked for into view on arrival.
const text = document.getElementById("regulation");

function mark(article) {
  text.querySelectorAll("[aria-current]").forEach((each) => each.removeAttribute("aria-current"));
  article.setAttribute("aria-current", "true");
}

if (text) {
  text.addEventListener("click", (event) => {
    const article = event.target.closest(".article");
    if (article) mark(article);
  });
  const current = text.querySelector("[aria-current]");
  const box = text.closest(".regulation");
  if (current && box && new URLSearchParams(location.search).has("clause")) box.scrollTop = current.offsetTop - box.offsetTop - 80;
}
