/** Lines of a text protocol, however they were cut. */

export interface Lines {
  /** Complete lines that came with these bytes, without their ends. One that is too long is given as far as it may be, once. */
  take(bytes: Uint8Array): readonly string[]
}

/** @param limit characters of a line; what follows is thrown away up to its end */
export const lines = (limit: number): Lines => {
  let rest = ''
  let skipping = false
  return {
    take: (bytes) => {
      const parts = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').split('\n')
      const out: string[] = []
      for (const [index, part] of parts.entries()) {
        const ends = index < parts.length - 1
        if (!skipping) rest += part.slice(0, limit - rest.length)
        if (ends || rest.length >= limit) {
          if (!skipping) out.push(rest.replace(/\r$/, ''))
          rest = ''
          skipping = !ends
        }
      }
      return out
    },
  }
}
