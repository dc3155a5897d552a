// Captions are drawn by the desk as they will be in the film, with what is typed now.

import { say } from "./words.js";

const button = document.getElementById("caption-show");
if (button) button.addEventListener("click", show);

async function show() {
  const channel = document.getElementById("caption-channel"), box = document.getElementById("caption-pictures");
  const typed = new URLSearchParams();
  for (const field of document.querySelectorAll("#captions input")) if (field.value) typed.set(field.name, field.value);
  box.textContent = say("正在生成……");
  const drawn = [];
  for (let n = 0; n < Number(channel.selectedOptions[0].dataset.templates); n++) {
    const answer = await fetch(`${channel.dataset.address}${channel.value}/${n}?${typed}`);
    if (!answer.ok) {
      box.textContent = (await answer.json()).detail;
      return;
    }
    drawn.push(Object.assign(new Image(), { src: await dataOf(await answer.blob()), alt: say("字幕 {n}", { n: n + 1 }) }));
  }
  box.replaceChildren(...drawn);
}

/** Return a picture as an address that the page's policy allows. */
function dataOf(blob) {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(reader.result));
    reader.readAsDataURL(blob);
  });
}
