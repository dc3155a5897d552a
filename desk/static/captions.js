// Captions are drawn by the desk as they will be in the film, with what is typed now.

import { say } from "./words.js";

const fields = document.getElementById("captions"), button = document.getElementById("caption-show");
if (button) {
  button.addEventListener("click", show);
  // Enter shows the caption; it would save the whole edit.
  fields.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    show();
  });
}

async function show() {
  if (button.disabled) return;
  const box = document.getElementById("caption-pictures");
  button.disabled = true;
  box.textContent = say("正在生成……");
  try {
    const shown = await pictures();
    if (shown.length) box.replaceChildren(...shown);
    else box.textContent = say("这些字幕没有文字。");
  } catch (error) {
    box.textContent = error.told || say("没有生成，请检查网络后重试。");
  }
  button.disabled = false;
}

/** Return the channel's captions as images; those without words are left out. */
async function pictures() {
  const channel = document.getElementById("caption-channel"), typed = new URLSearchParams(), shown = [];
  for (const field of fields.querySelectorAll("input")) if (field.value) typed.set(field.name, field.value);
  for (let n = 0; n < Number(channel.selectedOptions[0].dataset.templates); n++) {
    const answer = await fetch(`${channel.dataset.address}${channel.value}/${n}?${typed}`);
    if (!answer.ok) throw Object.assign(new Error(), { told: (await answer.json()).detail });
    if (answer.status === 204) continue;
    shown.push(Object.assign(new Image(), { src: await dataOf(await answer.blob()), alt: say("字幕 {n}", { n: n + 1 }) }));
  }
  return shown;
}

/** Return a picture as an address that the page's policy allows. */
function dataOf(blob) {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(reader.result));
    reader.readAsDataURL(blob);
  });
}
