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
export const ServiceIcon = drawn(
  <>
    <path d="M12 3.500 20 8v8l-8 4.500L4 16V8z" />
    <path d="M4.200 8.200 12 12.500l7.800-4.300M12 12.500v7.800" />
  </>,
);
export const AgentIcon = drawn(
  <>
    <rect x="4" y="7.500" width="16" height="11.500" rx="3" />
    <path d="M12 7.500V4M9 12v2.500M15 12v2.500" />
  </>,
);
export const RunsIcon = drawn(
  <>
    <path d="M4 5.500v5l4-2.500zM4 13.500v5l4-2.500z" />
    <path d="M12 8h8.500M12 16h8.500" />
  </>,
);
export const AuditIcon = drawn(
  <>
    <path d="M6 3.500h9l4 4v13H6z" />
    <path d="M9.500 11h6M9.500 14.500h6M9.500 7.500h2.500" />
  </>,
);
export const PeopleIcon = drawn(
  <>
    <circle cx="9" cy="8.500" r="3.500" />
    <path d="M2.500 19.500c.6-3.600 3.200-5.300 6.500-5.300s5.900 1.700 6.500 5.300M15.500 5.300a3.500 3.500 0 0 1 0 6.400M18 14.700c2 .7 3.200 2.300 3.500 4.800" />
  </>,
);
export const KeyIcon = drawn(
  <>
    <circle cx="7.500" cy="12" r="4" />
    <path d="M11.500 12h9v3.500M16.500 12v3" />
  </>,
);
export const BusIcon = drawn(
  <>
    <path d="M3 12h18M7 12V6.500M12 12v5.500M17 12V6.500" />
    <circle cx="7" cy="5" r="1.500" />
    <circle cx="12" cy="19" r="1.500" />
    <circle cx="17" cy="5" r="1.500" />
  </>,
);
export const SettingsIcon = drawn(
  <>
    <path d="M4 7h9M17.500 7H20M4 17h2.500M11 17h9" />
    <circle cx="15.200" cy="7" r="2.200" />
    <circle cx="8.800" cy="17" r="2.200" />
  </>,
);
export const DiagnosticsIcon = drawn(<path d="M3 12h4l2.500-6.500 4.500 13 2.500-6.500H21" />);
export const BackupIcon = drawn(
  <>
    <ellipse cx="12" cy="6" rx="7.500" ry="2.800" />
    <path d="M4.500 6v12c0 1.550 3.360 2.800 7.500 2.800s7.500-1.250 7.500-2.800V6M4.500 12c0 1.550 3.360 2.800 7.500 2.800s7.500-1.250 7.500-2.800" />
  </>,
);
export const BellIcon = drawn(<path d="M6.500 16.500V11a5.500 5.500 0 0 1 11 0v5.500l1.500 1.500H5zM10 20.500h4" />);
export const PageIcon = drawn(
  <>
    <rect x="4" y="4.500" width="16" height="15" rx="2.500" />
    <path d="M4 9.500h16" />
  </>,
);
export const MoreIcon = drawn(
  <>
    <circle cx="5.500" cy="12" r="1.200" />
    <circle cx="12" cy="12" r="1.200" />
    <circle cx="18.500" cy="12" r="1.200" />
  </>,
);
export const SortIcon = drawn(
  <>
    <path className="sort-up" d="m7 10 5-5.500 5 5.500" />
    <path className="sort-down" d="m7 14 5 5.500 5-5.500" />
  </>,
);
export const ColumnsIcon = drawn(
  <>
    <rect x="3.500" y="4.500" width="17" height="15" rx="2.500" />
    <path d="M9.500 4.500v15M15 4.500v15" />
  </>,
);
export const BookmarkIcon = drawn(<path d="M6.500 4h11v16L12 15.800 6.500 20z" />);
export const PencilIcon = drawn(<path d="m4.500 19.500.8-4L15.800 5l3.200 3.200L8.500 18.700z" />);
export const BinIcon = drawn(<path d="M5 7h14M9.500 7V4.500h5V7M7 7l.8 12.500h8.400L17 7M10.500 10.500v5.500M13.500 10.500v5.500" />);
export const LabelIcon = drawn(
  <>
    <path d="M4 4.500h8l8 8-7.500 7.500-8.500-8.500z" />
    <circle cx="8.500" cy="8.800" r="1.300" />
  </>,
);
export const UpIcon = drawn(<path d="m5.500 14.500 6.500-6.500 6.500 6.500" />);
export const DownIcon = drawn(<path d="m5.500 9.500 6.500 6.500 6.500-6.500" />);
