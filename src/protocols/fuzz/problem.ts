/** A promise that a codec broke. */
export interface Problem {
  /** Which one: the same for every input that breaks it in the same way. */
  readonly promise: string
  readonly detail: string
}

export const problem = (promise: string, detail: unknown = ''): Problem => ({ promise, detail: String(detail) })
