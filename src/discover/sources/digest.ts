/** Whether a file is one that was read before: by the SHA-256 of its bytes. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

const chunkBytes = 1 << 20

/** SHA-256 of a file, hex. */
export const digestOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) hash.update(chunk)
  return hash.digest('hex')
}
