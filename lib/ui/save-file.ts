/** Hands something to the browser as a download. */

/** The address is given back once the browser has begun to read it. */
const revokeMs = 60_000;

export function saveFile(name: string, contents: Blob): void {
  const url = URL.createObjectURL(contents);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, revokeMs);
}
