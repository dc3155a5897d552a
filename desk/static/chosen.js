// What is ticked stays ticked from page to page, until it is sent or cleared: kept for this tab alone.

import { say } from "./words.js";

const form = document.getElementById("chosen");
const KEPT = "footage.chosen";
if (form) start();

function start() {
  const kept = new Set(JSON.parse(sessionStorage.getItem(KEPT) || "[]"));
  const boxes = [...document.querySelectorAll('[name="item"][form="chosen"]')];
  for (const box of boxes) {
    if (box.checked) kept.add(box.value);  // ticked before this script had run: browsers restore no such box
    box.checked = kept.has(box.value);
    box.addEventListener("change", () => {
      box.checked ? kept.add(box.value) : kept.delete(box.value);
      keep(kept);
    });
  }
  document.getElementById("clear").addEventListener("click", () => {
    kept.clear();
    for (const box of boxes) box.checked = false;
    keep(kept);
  });
  form.addEventListener("submit", () => {
    carry(kept, new Set(boxes.map((box) => box.value)));
    setTimeout(() => {  // after the form was read
      if (form.elements.query) form.elements.query.checked = false;
      document.getElementById("clear").click();
    });
  });
  const all = form.elements.query;
  if (all) all.addEventListener("change", () => keep(kept));
  // A page that a browser had kept whole shows what was ticked or cleared on others since.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    kept.clear();
    for (const value of JSON.parse(sessionStorage.getItem(KEPT) || "[]")) kept.add(value);
    for (const box of boxes) box.checked = kept.has(box.value);
    keep(kept);
  });
  keep(kept);
}

function keep(kept) {
  sessionStorage.setItem(KEPT, JSON.stringify([...kept]));
  document.getElementById("count").textContent = kept.size ? say("已选 {n} 件", { n: kept.size }) : say("勾选素材后可以一起下载。");
  document.getElementById("clear").hidden = !kept.size;
  const some = kept.size > 0 || Boolean(form.elements.query?.checked);
  form.classList.toggle("some", some);
  for (const button of form.querySelectorAll('[name="action"]')) button.disabled = !some;
}

/** Send what was ticked on other pages along with this page's boxes. */
function carry(kept, here) {
  for (const old of form.querySelectorAll(".carried")) old.remove();
  for (const value of kept) {
    if (here.has(value)) continue;
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "item", value, className: "carried" }));
  }
}
