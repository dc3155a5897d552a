// The two pictures of a before-and-after sheet over each other, with an edge between them that is moved.
// A sheet has two panels side by side below a bar of a twelfth of their height, and a gap of a ninetieth between them.

import { say } from "./words.js";

const BAR = 12, GAP = 90;

for (const box of document.querySelectorAll("[data-pair]")) {
  const sheet = new Image();
  sheet.addEventListener("load", () => lay(box, sheet));
  sheet.src = box.dataset.pair;
}

function lay(box, sheet) {
  const height = Math.floor(sheet.naturalHeight * BAR / (BAR + 1)), gap = Math.ceil(height / GAP);
  const width = (sheet.naturalWidth - gap) / 2;
  const panels = ["before", "after"].map((name, n) => {
    const panel = Object.assign(document.createElement("div"), { className: `panel ${name}` });
    panel.style.backgroundImage = `url("${sheet.src}")`;
    panel.style.backgroundSize = `${sheet.naturalWidth / width * 100}% ${sheet.naturalHeight / height * 100}%`;
    panel.style.backgroundPosition = `${n * 100}% 100%`;
    return panel;
  });
  const edge = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 100, value: 50 });
  edge.setAttribute("aria-label", say("整改前后的分界"));
  const move = () => { panels[1].style.clipPath = `inset(0 0 0 ${edge.value}%)`; };
  edge.addEventListener("input", move);
  const stage = Object.assign(document.createElement("div"), { className: "stage" });
  stage.style.aspectRatio = `${width} / ${height}`;
  stage.append(...panels);
  box.replaceChildren(stage, edge);
  move();
}
