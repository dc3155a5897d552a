// A button copies what stands in a field, also where the page came over plain http, which has no clipboard.

import { say } from "./words.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    const done = await navigator.clipboard?.writeText(field.value).then(() => true, () => false) ?? document.execCommand("copy");
    document.getElementById("copied").textContent = done ? say("已复制") : say("请长按地址复制");
  });
}
