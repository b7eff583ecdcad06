/** How much room something takes. */

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const gibibyte = 1024 * mebibyte;

export function sizeText(bytes: number): string {
  if (bytes >= gibibyte) return `${(bytes / gibibyte).toFixed(1)} GB`;
  if (bytes >= mebibyte / 10) return `${(bytes / mebibyte).toFixed(bytes < 10 * mebibyte ? 1 : 0)} MB`;
  return `${String(Math.ceil(bytes / kibibyte))} kB`;
}
