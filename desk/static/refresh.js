// An item's page loads itself again when what it waits for is done, unless somebody is in the middle of writing on it.

import { say } from "./words.js";

document.body.addEventListener("htmx:afterSettle", () => {
  const done = document.querySelector("[data-done]");
  if (!done) return;
  const written = [...document.querySelectorAll("textarea")].some((field) => field.value.trim());
  const trimmed = document.querySelector("#trim [data-changed]");
  const typed = [...document.querySelectorAll("#captions input")].some((field) => field.value !== field.defaultValue);
  if (!written && !trimmed && !typed) return location.reload();
  done.removeAttribute("data-done");
  const told = say("已经做好。写完或保存后，请重新载入本页。");
  const note = Object.assign(document.createElement("p"), { className: "told", textContent: told });
  note.setAttribute("role", "status");
  const again = Object.assign(document.createElement("button"), { type: "button", textContent: say("重新载入") });
  again.addEventListener("click", () => location.reload());
  note.append(" ", again);
  (document.getElementById("wanted") ?? document.querySelector("h1")).after(note);
});
