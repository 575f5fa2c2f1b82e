import { type ReactNode } from 'react'

const icon = (path: ReactNode) => (
  <svg
    width="16"
    height="16"
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.8"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden
  >
    {path}
  </svg>
)

export const sunIcon = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v1M12 20v1M3 12h1M20 12h1M5.6 5.6l.7.7M17.7 17.7l.7.7M5.6 18.4l.7-.7M17.7 6.3l.7-.7" />
  </>,
)
export const moonIcon = icon(<path d="M12 3a7 7 0 0 0 9 9 9 9 0 1 1-9-9Z" />)
export const keyIcon = icon(
  <>
    <circle cx="8" cy="15" r="4" />
    <path d="m11 12 9-9M16 7l3 3" />
  </>,
)
export const refreshIcon = icon(<path d="M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7" />)
export const infoIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 11v5M12 8h.01" />
  </>,
)
export const tableIcon = icon(<path d="M4 5h16v14H4zM4 10h16M4 15h16M10 5v14" />)
export const calendarIcon = icon(<path d="M4 6h16v14H4zM4 11h16M8 3v4M16 3v4" />)
