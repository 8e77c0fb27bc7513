// A passkey that did not work says so on the page instead of in the console.
import { word } from "./words.js";
import { toast } from "./toasts.js";

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  toast(word("passkey"), { tone: "red" });
});
