import { StringDecoder } from 'node:string_decoder'

/** The non-empty lines of a byte stream, each as soon as it is complete. */
export async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const part of stream) {
    const found = (rest + decoder.write(part)).split('\n')
    rest = found.pop() ?? ''
    for (const line of found) if (line !== '') yield line
  }
  if (rest !== '') yield rest
}
