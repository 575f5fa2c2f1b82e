const icon = (path: string) => (
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
    <path d={path} />
  </svg>
)

export const sunIcon = icon(
  'M8 12a4 4 0 1 0 8 0a4 4 0 1 0-8 0M12 3v1M12 20v1M3 12h1M20 12h1M5.6 5.6l.7.7M17.7 17.7l.7.7M5.6 18.4l.7-.7M17.7 6.3l.7-.7',
)
export const moonIcon = icon('M12 3a7 7 0 0 0 9 9 9 9 0 1 1-9-9Z')
export const keyIcon = icon('M4 15a4 4 0 1 0 8 0a4 4 0 1 0-8 0M11 12l9-9M16 7l3 3')
export const refreshIcon = icon('M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7')
export const infoIcon = icon('M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0M12 11v5M12 8h.01')
export const tableIcon = icon('M4 5h16v14H4zM4 10h16M4 15h16M10 5v14')
export const calendarIcon = icon('M4 6h16v14H4zM4 11h16M8 3v4M16 3v4')
