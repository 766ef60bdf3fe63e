/** Orders of the edge: one JSON line each, and no line longer than the contract has it. */
import { StringDecoder } from 'node:string_decoder'
import * as z from 'zod'
import { HostOrder, lineLimit } from '#schema/decoy-host.ts'

export interface OrderReader {
  take(bytes: Uint8Array): void
}

/** @param refuse told in a sentence of each line that is no order; the line itself may hold secrets and is not repeated */
export const orderReader = (give: (order: HostOrder) => void, refuse: (why: string) => void): OrderReader => {
  const decoder = new StringDecoder('utf8')
  let line = ''
  let tooLong = false
  const read = (text: string): void => {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return refuse('A line is no JSON.')
    }
    const order = HostOrder.safeParse(value)
    if (order.success) give(order.data)
    else refuse(`A line is no order: ${z.prettifyError(order.error).replaceAll(/\s+/g, ' ').slice(0, 300)}`)
  }
  const end = (): void => {
    if (tooLong) refuse(`A line is longer than ${lineLimit} characters.`)
    else if (line.trim() !== '') read(line)
    line = ''
    tooLong = false
  }
  return {
    take: (bytes) => {
      const text = decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      for (const [index, part] of text.split('\n').entries()) {
        if (index > 0) end()
        if (tooLong || line.length + part.length > lineLimit) {
          tooLong = true
          line = ''
        } else line += part
      }
    },
  }
}
