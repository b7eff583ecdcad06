/** A QR code as one SVG path: dark on light in every colour scheme, because cameras need that. Always beside its text. */

import { encodeQR } from "qr";

const quietModules = 4;

export function QrCode({ value, label }: { readonly value: string; readonly label: string }) {
  const rows = encodeQR(value, "raw", { ecc: "low", border: quietModules });
  const size = rows.length;
  const path = rows
    .flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${String(x)} ${String(y)}h1v1h-1z`] : [])))
    .join("");
  return (
    <svg className="qr" viewBox={`0 0 ${String(size)} ${String(size)}`} role="img" aria-label={label}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
