/** Lines of a text protocol, however long they are. */

export interface Lines {
  /** Bytes of the next piece of a line, at most the limit; 0 while its end is missing. */
  readonly frame: (rest: Uint8Array) => number
  /** The line without its end; one that is too long as far as it may be; `undefined` for what follows of it. */
  readonly lineOf: (piece: Uint8Array) => string | undefined
}

const newline = 0x0a
const latin1 = new TextDecoder('latin1')

/** @param limit bytes of a line; what follows is thrown away up to its end */
export const lines = (limit: number): Lines => {
  let skips = false
  return {
    frame: (rest) => {
      const end = rest.indexOf(newline) + 1
      if (end > 0) return Math.min(end, limit)
      return skips || rest.length >= limit ? Math.min(rest.length, limit) : 0
    },
    lineOf: (piece) => {
      const isRest = skips
      skips = piece.at(-1) !== newline
      return isRest ? undefined : latin1.decode(piece).replace(/\r?\n?$/, '')
    },
  }
}
