// What scripts say, in the language of the page: Chinese, in which it is written, or English from this table.

const ENGLISH = {
  "正在生成……": "Drawing…",
  "字幕 {n}": "Caption {n}",
  "这些字幕没有文字。": "These captions have no words.",
  "没有生成，请检查网络后重试。": "Nothing was drawn. Check the network and try again.",
  "已选 {n} 件": "{n} selected",
  "勾选素材后可以一起下载。": "Tick items to download them together.",
  "精彩片段 {n}": "Highlight {n}",
  "已经做好。写完或保存后，请重新载入本页。": "It is ready. Finish or save what you are writing, then reload this page.",
  "断线了，正在重新连接……": "Connection lost, reconnecting…",
  "没有传成，请检查网络后重新选择这个文件，会接着传。": "Not uploaded. Check the network and choose this file again; it goes on where it stopped.",
  "等待上传": "Waiting",
  "{percent}%，每秒 {speed} MB，约剩 {left} 秒": "{percent}%, {speed} MB/s, about {left} s left",
  "{percent}%，每秒 {speed} MB": "{percent}%, {speed} MB/s",
  "已收到，正在处理 ": "Received, being processed ",
  "查看": "View",
  "整改前后的分界": "Edge between before and after",
  "入点": "In",
  "出点": "Out",
  "、": ", ",
  "已记下{marks}": "Marked: {marks}",
  "已保存，正在制作": "Saved, being made",
  "{time} + {n} 帧": "{time} + {n} fr",
  "−1帧": "−1 frame",
  "+1帧": "+1 frame",
  "入点−1帧": "In −1 frame",
  "入点+1帧": "In +1 frame",
  "出点−1帧": "Out −1 frame",
  "出点+1帧": "Out +1 frame",
  "试看": "Play",
  "试看这一段": "Play this clip",
  "上移": "Move up",
  "下移": "Move down",
  "删除": "Delete",
  "删除这一段": "Delete this clip",
  "请先播放影片，按 I 记入点、按 O 记出点（出点在入点之后）。": "Play the film first: I marks the in point, O the out point, which comes after it.",
  "没有保存，请重试。": "Not saved. Please try again.",
  "有改动，还没有保存": "Changed, not saved yet",
};

/** Return a text in the language of the page, with values in place of `{name}`. */
export function say(text, values = {}) {
  const said = document.documentElement.lang === "en" ? ENGLISH[text] ?? text : text;
  return said.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
