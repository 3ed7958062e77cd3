import type { ReactNode } from "react";

/** Line drawings on 24 by 24, in the colour of the text. */
function drawn(paths: ReactNode) {
  return function Icon({ size = 18 }: { size?: number }) {
    return (
      <svg className="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
        {paths}
      </svg>
    );
  };
}

export const FleetIcon = drawn(
  <>
    <rect x="3.5" y="3.5" width="7" height="7" rx="1.8" />
    <rect x="13.5" y="3.5" width="7" height="7" rx="1.8" />
    <rect x="3.5" y="13.5" width="7" height="7" rx="1.8" />
    <circle cx="17" cy="17" r="3.5" />
  </>,
);
export const CommandIcon = drawn(
  <>
    <rect x="3" y="4.5" width="18" height="15" rx="2.5" />
    <path d="m7 9.5 3 2.5-3 2.5M12.5 15H17" />
  </>,
);
export const TokenIcon = drawn(
  <>
    <circle cx="8" cy="15.5" r="4.5" />
    <path d="m11.3 12.3 8.2-8.2M16 7.6l2.8 2.8M13.6 10l2 2" />
  </>,
);
export const PersonIcon = drawn(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6" />
  </>,
);
export const CopyIcon = drawn(
  <>
    <rect x="8.5" y="8.5" width="12" height="12" rx="2.2" />
    <path d="M15.5 5.500v0a2 2 0 0 0-2-2h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2" />
  </>,
);
export const CheckIcon = drawn(<path d="m5 12.5 4.7 4.700L19.5 7" />);
export const SearchIcon = drawn(
  <>
    <circle cx="10.5" cy="10.5" r="6.5" />
    <path d="m15.5 15.5 5 5" />
  </>,
);
export const PlayIcon = drawn(<path d="M7 4.800v14.400L19 12z" />);
export const KeyholeIcon = drawn(
  <>
    <rect x="4.5" y="10.5" width="15" height="10" rx="2.2" />
    <path d="M8 10.500V7.500a4 4 0 0 1 8 0v3M12 14.500v2" />
  </>,
);
export const BackIcon = drawn(<path d="M14.5 5.5 8 12l6.5 6.5" />);
export const PlusIcon = drawn(<path d="M12 5v14M5 12h14" />);
export const OutsideIcon = drawn(<path d="M13 5h6v6M19 5l-8.5 8.500M17 14v4a1.5 1.5 0 0 1-1.5 1.500H6A1.5 1.5 0 0 1 4.5 18V8.500A1.5 1.5 0 0 1 6 7h4" />);
