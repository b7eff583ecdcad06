/** Line drawings of 20 units; always beside words, so hidden from readers of the page's text. */

import type { ReactNode } from "react";

function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 20 20"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const LockIcon = () => (
  <Icon>
    <rect x="4" y="9" width="12" height="8" rx="2" />
    <path d="M6.8 9V6.2a3.2 3.2 0 0 1 6.4 0V9" />
  </Icon>
);

export const BackIcon = () => (
  <Icon>
    <path d="M12 4.5 6.5 10l5.5 5.5" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M10 4.5v11M4.5 10h11" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M10 16V4.5M5 9.2l5-4.7 5 4.7" />
  </Icon>
);

export const WarningIcon = () => (
  <Icon>
    <path d="M10 3.2 17.5 16.5h-15z" />
    <path d="M10 8v4M10 14.3v.1" />
  </Icon>
);

export const InfoIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 9.2v4.3M10 6.5v.1" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m4.5 10.5 3.7 3.7 7.3-8" />
  </Icon>
);

export const ClockIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" />
    <path d="M10 6.5V10l2.4 1.8" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="M10 4.5V15M5.2 10.6 10 15.3l4.8-4.7" />
  </Icon>
);

export const HashIcon = () => (
  <Icon>
    <path d="M8 3.5 6.5 16.5M13.5 3.5 12 16.5M4 7.5h13M3 12.5h13" />
  </Icon>
);

export const PenIcon = () => (
  <Icon>
    <path d="M4 16l.8-3.6L13 4.2a1.7 1.7 0 0 1 2.4 0l.4.4a1.7 1.7 0 0 1 0 2.4L7.6 15.2z" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="9" cy="9" r="5" />
    <path d="m12.8 12.8 3.7 3.7" />
  </Icon>
);

export const StarIcon = () => (
  <Icon>
    <path d="m10 3.2 2.1 4.4 4.8.6-3.5 3.3.9 4.8L10 14l-4.3 2.3.9-4.8-3.5-3.3 4.8-.6z" />
  </Icon>
);

export const MuteIcon = () => (
  <Icon>
    <path d="M5.5 13.5V9a4.5 4.5 0 0 1 7.2-3.6M14.5 8.2v5.3M4 13.5h9.5M8.5 16.2h3M3.5 3.5l13 13" />
  </Icon>
);

/** Verified: a seal with a tick. */
export const SealedCheckIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7" />
    <path d="m6.8 10.2 2.2 2.2 4.2-4.6" />
  </Icon>
);

export const LinkIcon = () => (
  <Icon>
    <path d="M8.5 11.5a3 3 0 0 0 4.3 0l2.7-2.7a3 3 0 0 0-4.3-4.3l-.9.9M11.5 8.5a3 3 0 0 0-4.3 0l-2.7 2.7a3 3 0 0 0 4.3 4.3l.9-.9" />
  </Icon>
);

/** The mark of the product: a seal with a keyhole. */
export const SealMark = () => (
  <svg className="seal" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
    <path
      fill="currentColor"
      d="M16 1.5l3.1 2.4 3.8-.8 1.7 3.5 3.8.9v3.9l3 2.5-1.7 3.5 1.7 3.5-3 2.5v3.9l-3.8.9-1.7 3.5-3.8-.8L16 30.9l-3.1-2.4-3.8.8-1.7-3.5-3.8-.9V21l-3-2.5 1.7-3.5-1.7-3.5 3-2.5V5.1l3.8-.9 1.7-3.5 3.8.8z"
      transform="translate(1.6 1.6) scale(.9)"
    />
    <path className="seal-hole" d="M16 9.2a4.1 4.1 0 0 0-2.1 7.6l-1.2 5.7h6.6l-1.2-5.7A4.1 4.1 0 0 0 16 9.2z" />
  </svg>
);
