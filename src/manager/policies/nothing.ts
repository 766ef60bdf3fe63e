/** A change that finds, once it holds the rows, that there is nothing to do: it is undone and leaves no row in the audit. */
class Nothing extends Error {}

export const nothingToDo = (): never => {
  throw new Nothing('nothing to do')
}

/** @returns undefined when there was nothing to do */
export const unlessNothing = async <T>(change: Promise<T>): Promise<T | undefined> => {
  try {
    return await change
  } catch (error) {
    if (error instanceof Nothing) return undefined
    throw error
  }
}
