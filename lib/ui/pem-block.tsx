/** A PEM text that can be selected, scrolled with the keyboard, and downloaded. */

export interface PemBlockProps {
  readonly label: string;
  readonly pem: string;
  readonly download?: { readonly href: string; readonly label: string };
}

export function PemBlock({ label, pem, download }: PemBlockProps) {
  return (
    <div className="pem">
      <pre tabIndex={0} role="region" aria-label={label}>
        {pem}
      </pre>
      {download !== undefined && (
        <a className="button" href={download.href} download>
          {download.label}
          <span className="visually-hidden">: {label}</span>
        </a>
      )}
    </div>
  );
}
