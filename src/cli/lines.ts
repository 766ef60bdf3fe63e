/** Lines of a file that people name: it may be longer than the memory, a line of it may not. */
import { createReadStream } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { Fault } from '#core/errors.ts'
import { fileFault } from './failure.ts'

/** Characters of a line. Those of our files are shorter by far; a device or a disk image may have none that ends. */
const longest = 64 << 20

/**
 * @param file its name, for what is said of it
 * @param fd where it is open already; it is closed at the end, except when `start` is given
 * @param start byte to begin with, for a file that is read again
 * @throws Fault `file-unreadable`
 */
export async function* linesIn(file: string, fd?: number, start?: number): AsyncGenerator<string, void> {
  const decoder = new StringDecoder('utf8')
  let begun: string[] = []
  let length = 0
  try {
    for await (const part of createReadStream(
      file,
      fd === undefined ? {} : { fd, ...(start === undefined ? {} : { start, autoClose: false }) },
    )) {
      if (!Buffer.isBuffer(part)) continue
      const [first = '', ...others] = decoder.write(part).split('\n')
      begun.push(first)
      length += first.length
      if (length > longest)
        throw new Fault('file-unreadable', `${file} has a line of more than ${longest >> 20} MB.`, {
          advice: 'Check the path: that is no file for this command.',
        })
      const last = others.pop()
      if (last === undefined) continue
      for (const line of [begun.join(''), ...others]) yield line.replace(/\r$/, '')
      begun = [last]
      length = last.length
    }
  } catch (error) {
    throw fileFault(error, file) ?? error
  }
  const rest = begun.join('') + decoder.end()
  if (rest !== '') yield rest
}
