// Cards of films show their storyboard under the pointer, or under a finger that moves along it.

import { paint, pictures } from "./storyboard.js";

for (const link of document.querySelectorAll("[data-storyboard]")) {
  let found = null;
  const show = async (event) => {
    found ??= pictures(link.dataset.storyboard);
    const all = await found;
    if (!all.length) return;
    const box = link.getBoundingClientRect();
    const share = Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width));
    link.classList.add("scrubbed");
    paint(link, all[Math.floor(share * all.length)], all);
  };
  link.addEventListener("pointermove", show);
  link.addEventListener("pointerleave", () => link.classList.remove("scrubbed"));
}

// On a phone the criteria that were used would hide what they have found.
const more = document.querySelector("details.more");
if (more && document.querySelector(".card") && matchMedia("(max-width: 40rem)").matches) more.open = false;
