// Words and icons that scripts write; the server puts them into <meta> in the page's language.
const words = JSON.parse(document.querySelector('meta[name="ui-words"]')?.content || "{}");
const sprite = document.querySelector('meta[name="ui-icons"]')?.content || "";

export function word(name, values = {}) {
  return (words[name] || name).replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all);
}

export function icon(name, size = 16) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function clock(moment) {
  const two = (n) => String(n).padStart(2, "0");
  return `${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${two(moment.getHours())}:${two(moment.getMinutes())}`;
}
