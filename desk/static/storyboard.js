// A storyboard: one sheet of small pictures, and a WebVTT list that says which part shows which stretch of the film.

const CUE = /^([\d:.]+) --> ([\d:.]+)\s+(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/;

/** Return the pictures of a storyboard: start and end in seconds, the sheet's address, and the place on it in pixels. */
export async function pictures(address) {
  const answer = await fetch(address);
  if (!answer.ok) return [];
  const text = (await answer.text()).replace(/-->(.*)\r?\n/g, "-->$1 ");
  return text.split(/\r?\n/).map((line) => CUE.exec(line.trim())).filter(Boolean).map((found) => ({
    start: seconds(found[1]),
    end: seconds(found[2]),
    sheet: new URL(found[3], new URL(address, location.href)).href,
    x: Number(found[4]), y: Number(found[5]), width: Number(found[6]), height: Number(found[7]),
  }));
}

function seconds(clock) {
  return clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** Fill an element with one picture, scaled to cover it. */
export function paint(element, picture, all) {
  const scale = Math.max(element.clientWidth / picture.width, element.clientHeight / picture.height);
  const wide = Math.max(...all.map((each) => each.x + each.width)), tall = Math.max(...all.map((each) => each.y + each.height));
  const dx = (element.clientWidth - picture.width * scale) / 2, dy = (element.clientHeight - picture.height * scale) / 2;
  element.style.backgroundImage = `url("${picture.sheet}")`;
  element.style.backgroundSize = `${wide * scale}px ${tall * scale}px`;
  element.style.backgroundPosition = `${dx - picture.x * scale}px ${dy - picture.y * scale}px`;
}
