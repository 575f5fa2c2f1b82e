/** One thing that has to be there for the API to do its work. */
export interface ReadinessCheck {
  readonly name: string
  /** Answers from what is known already; it never waits. */
  readonly state: () => { ready: boolean; detail: string }
}
