import { closeSync, openSync, readSync } from 'node:fs'

const step = 1 << 16

/**
 * A whole file, or a descriptor such as 0. The size of a pipe or a device is known only when it has been read.
 * @param most bytes
 * @returns undefined when there is more
 * @throws the error of the system call
 */
export const readAtMost = (file: string | number, most: number): Buffer | undefined => {
  const descriptor = typeof file === 'number' ? file : openSync(file, 'r')
  try {
    const chunks: Buffer[] = []
    for (let length = 0; length <= most;) {
      const chunk = Buffer.allocUnsafe(step)
      const count = readSync(descriptor, chunk)
      if (count === 0) return Buffer.concat(chunks)
      chunks.push(chunk.subarray(0, count))
      length += count
    }
    return undefined
  } finally {
    if (typeof file !== 'number') closeSync(descriptor)
  }
}
