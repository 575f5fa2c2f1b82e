/** A line that cannot be imported; the message says why. */
export class Reject extends Error {}
