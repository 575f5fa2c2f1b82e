import 'react'

declare module 'react' {
  interface CSSProperties {
    /** Custom properties of style.css. */
    [name: `--${string}`]: string | number | undefined
  }
}
