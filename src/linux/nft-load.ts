// The child of loadInChild: reads chunks (u32 length, then nft text) from stdin, runs each as one transaction, answers a line of
// JSON per chunk, and ends at the first refusal or at the end of its input.
import { writeSync } from 'node:fs'
import { Fault } from '#core/errors.ts'
import { Nft } from './nftables.ts'
import type { LoadReply } from './nft-child.ts'
import { dieWithParent } from './process.ts'

const reply = (message: LoadReply) => writeSync(1, `${JSON.stringify(message)}\n`)

const chunksOf = async function* (input: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let held: Buffer[] = []
  let size = 0
  for await (const bytes of input) {
    held.push(bytes)
    size += bytes.length
    while (size >= 4) {
      const head = held[0]!.length >= 4 ? held[0]! : Buffer.concat(held)
      const length = head.readUInt32LE(0)
      if (size < 4 + length) break
      const all = held.length === 1 ? held[0]! : Buffer.concat(held)
      yield all.toString('utf8', 4, 4 + length)
      held = [all.subarray(4 + length)]
      size -= 4 + length
    }
  }
}

const SIGKILL = 9

try {
  // What is left in the pipe of a parent that was killed must not become active behind the back of its successor.
  dieWithParent(SIGKILL)
  const namespace = process.argv[2]
  const nft = Nft.open(namespace === undefined ? {} : { namespace })
  let chunk = 0
  for await (const text of chunksOf(process.stdin)) {
    const result = nft.run(text)
    if (!result.ok) {
      reply({ chunk, ok: false, error: result.error })
      break
    }
    reply({ chunk, ok: true })
    chunk++
  }
  process.exit(0)
} catch (error) {
  const fault = error instanceof Fault ? error : new Fault('internal', String(error))
  reply({ fault: { code: fault.code, what: fault.message } })
  process.exit(fault.exit)
}
